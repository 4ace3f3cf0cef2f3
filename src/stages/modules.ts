import type { LifecyclePlan, ModulePlan } from "../plan/lifecycle-plan.ts";
import {
  buildpacksDirectory,
  downloadsDirectory,
  exportProgram,
  modulesDirectory,
  replacingDirectory,
  targetPlatform,
} from "./paths.ts";
import type { Instruction, Mount, Stage, StageName } from "./stage.ts";

/** Where the build sees the project's directory while it takes buildpacks from it. */
const contextDirectory = "/context";

/** A module, and what it is called in the Dockerfile. */
interface NumberedModule {
  readonly number: number;
  readonly module: ModulePlan;
}

function numbered({ modules }: LifecyclePlan): NumberedModule[] {
  return modules.map((module, index) => ({ number: index + 1, module }));
}

function stageName(number: number): StageName {
  return `buildpack-${number}`;
}

/** One stage for each buildpackage, so that its name stands in a FROM line, where updaters look. */
export function buildpackStages(plan: LifecyclePlan): Stage[] {
  return numbered(plan).flatMap(({ number, module: { content, buildpacks } }) =>
    content.kind !== "image"
      ? []
      : [
          {
            name: stageName(number),
            base: { kind: "image" as const, reference: content.reference, onBuildPlatform: false },
            purpose: [`${stageName(number)}: ${names(buildpacks)}, from an image.`],
            instructions: [],
          },
        ],
  );
}

/** `modules`: buildpacks from the project's directory and from archives, as they go onto the builder. */
export function modulesStage(plan: LifecyclePlan): Stage[] {
  const modules = numbered(plan).filter(({ module }) => module.content.kind !== "image");
  if (modules.length === 0) return [];
  return [
    {
      name: "modules",
      base: { kind: "stage", name: "tool" },
      purpose: [
        "modules: buildpacks of this project, as they go onto the builder:",
        ...modules.map(({ module: { content, buildpacks } }) => `${names(buildpacks)} (${place(content)})`),
      ],
      instructions: [
        // A .cnb file may hold another image for each platform; a directory is the same for all.
        ...(modules.every(({ module }) => module.content.kind === "directory")
          ? []
          : [{ kind: "arg" as const, name: targetPlatform }]),
        ...modules.flatMap(unpack),
      ],
    },
  ];
}

function unpack({ number, module: { content, buildpacks } }: NumberedModule): Instruction[] {
  const run = (from: string, mounts: readonly Mount[]): Instruction => ({
    kind: "run",
    network: false,
    mounts,
    argv: [
      "node",
      exportProgram,
      "module",
      `--from=${from}`,
      `--to=${buildpacks.some(({ replaces }) => replaces) ? replacingDirectory : modulesDirectory}`,
      ...buildpacks.map(({ id, version }) => `--expect=${id}@${version}`),
    ],
  });
  switch (content.kind) {
    case "image":
      return [];
    case "directory":
    case "archive":
      return [run(`${contextDirectory}/${content.path}`, [{ kind: "context", target: contextDirectory }])];
    case "download": {
      const destination = `${downloadsDirectory}/${number}`;
      return [{ kind: "add", url: content.url, digest: content.digest, destination }, run(destination, [])];
    }
  }
}

/** What `builder` takes over. Nothing where every module takes another's place: those are mounted. */
export function addModules(plan: LifecyclePlan): Instruction[] {
  const modules = numbered(plan);
  const copy = (from: StageName, source: string, destination: string): Instruction => ({
    kind: "copy",
    from,
    source: `${source}/`,
    destination: `${destination}/`,
    link: false,
  });
  const local = modules.some(
    ({ module: { content, buildpacks } }) =>
      content.kind !== "image" && !buildpacks.some(({ replaces }) => replaces),
  );
  return [
    ...(local ? [copy("modules", `${modulesDirectory}${buildpacksDirectory}`, buildpacksDirectory)] : []),
    ...modules.flatMap(({ number, module: { content, buildpacks } }) =>
      content.kind === "image" && buildpacks.some(({ replaces }) => !replaces)
        ? [copy(stageName(number), buildpacksDirectory, buildpacksDirectory)]
        : [],
    ),
  ];
}

/**
 * Buildpacks that take the place of the builder's own. A copy would leave files of the other one between the new ones,
 * and nothing can be removed in an image without a shell; so they are laid over it while detect and build run.
 */
export function replacingMounts(plan: LifecyclePlan): Mount[] {
  return numbered(plan).flatMap(({ number, module: { content, buildpacks } }) => {
    const anyReplaces = buildpacks.some(({ replaces }) => replaces);
    const [from, source]: [StageName, string] =
      content.kind === "image"
        ? [stageName(number), buildpacksDirectory]
        : ["modules", `${replacingDirectory}${buildpacksDirectory}`];
    return buildpacks
      .filter(({ replaces }) => replaces || (content.kind !== "image" && anyReplaces))
      .map(({ id, version }) => {
        const directory = `${id.replaceAll("/", "_")}/${version}`;
        return {
          kind: "bind",
          from,
          source: `${source}/${directory}`,
          target: `${buildpacksDirectory}/${directory}`,
        };
      });
  });
}

/** What detect and build alone may see. */
export function secretMounts({ secrets, user }: LifecyclePlan): Mount[] {
  return secrets.map(({ id, target }) => ({ kind: "secret", id, target, owner: user }));
}

function names(buildpacks: ModulePlan["buildpacks"]): string {
  return buildpacks.map(({ id, version }) => `${id}@${version}`).join(", ");
}

function place(content: ModulePlan["content"]): string {
  switch (content.kind) {
    case "image":
      return content.reference;
    case "directory":
    case "archive":
      return content.path === "" ? "." : content.path;
    case "download":
      return content.url;
  }
}
