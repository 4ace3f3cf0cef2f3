import { escapeId } from "../../contract/escape-id.ts";
import { type ModuleKind, moduleDirectories } from "../../contract/module-kind.ts";
import { exportProgram } from "../../contract/program.ts";
import type { BuildpackContext, LifecyclePlan, ModulePlan } from "../../plan/lifecycle-plan.ts";
import {
  buildpackContext,
  downloadsDirectory,
  modulesDirectory,
  replacingDirectory,
  replacingExtensionsDirectory,
  targetPlatform,
  warningsDirectory,
} from "../paths.ts";
import type { Instruction, Mount, Stage, StageName } from "../stage.ts";

/** Where the build sees the project's directory while it takes buildpacks from it, and the root of a buildpackage. */
const contextDirectory = "/context";
const imageRoot = "/buildpackage";

/** A module, and what it is called in the Dockerfile. */
interface NumberedModule {
  readonly number: number;
  readonly module: ModulePlan;
}

function numbered({ modules }: LifecyclePlan): NumberedModule[] {
  return modules.map((module, index) => ({ number: index + 1, module }));
}

/** The number is its place among all of them. */
function stageName({ number, module }: NumberedModule): StageName {
  return `${kindOf(module)}-${number}`;
}

function kindOf({ isExtension }: ModulePlan): ModuleKind {
  return isExtension === true ? "extension" : "buildpack";
}

/** One stage for each package, so that its name stands in a FROM line, where updaters look. */
export function buildpackStages(plan: LifecyclePlan): Stage[] {
  return numbered(plan).flatMap((one) => {
    const { content, buildpacks } = one.module;
    if (content.kind !== "image") return [];
    const name = stageName(one);
    return [
      {
        name,
        base: { kind: "image" as const, reference: content.reference, onBuildPlatform: false },
        purpose: [`${name}: ${names(buildpacks)}, from an image.`],
        instructions: [],
      },
    ];
  });
}

/** One stage for each directory of whoever builds, which the context of its name takes the place of. */
export function handedBuildpackStages({ modules }: LifecyclePlan): Stage[] {
  const found = new Map<BuildpackContext, { directory: string; buildpacks: ModulePlan["buildpacks"] }>();
  for (const { content, buildpacks } of modules) {
    if (!("handed" in content) || content.handed === undefined) continue;
    const { context, directory = "DIRECTORY" } = content.handed;
    found.set(context, {
      directory,
      buildpacks: [...(found.get(context)?.buildpacks ?? []), ...buildpacks],
    });
  }
  return Array.from(found, ([context, { directory, buildpacks }]) => ({
    name: context,
    base: { kind: "context", name: `${buildpackContext}:${context}`, files: [] },
    purpose: [
      `${context}: your directory with ${names(buildpacks)}:`,
      `--build-context ${context}=${directory}`,
    ],
    instructions: [],
  }));
}

/**
 * `modules`: all added buildpacks, as they go onto the builder. Whatever form they came in, our program copies them: root's,
 * without setuid, setgid and capabilities, so that none of them makes a buildpack root.
 */
export function modulesStage(plan: LifecyclePlan): Stage[] {
  const modules = numbered(plan);
  if (modules.length === 0) return [];
  return [
    {
      name: "modules",
      base: { kind: "stage", name: "tool" },
      purpose: [
        `modules: ${whatIsAdded(plan)}, added to the builder:`,
        ...modules.map(({ module: { content, buildpacks } }) => `${names(buildpacks)} (${place(content)})`),
      ],
      instructions: [
        // A .cnb file may hold another image for each platform; a directory is the same for all, and FROM chooses an image.
        ...(modules.every(
          ({ module: { content } }) => content.kind === "directory" || content.kind === "image",
        )
          ? []
          : [{ kind: "arg" as const, name: targetPlatform }]),
        ...modules.flatMap(unpack),
      ],
    },
  ];
}

function whatIsAdded({ modules }: LifecyclePlan): string {
  const kinds = new Set(modules.map(kindOf));
  if (!kinds.has("extension")) return "the project's buildpacks";
  return kinds.has("buildpack") ? "the project's buildpacks, and image extensions" : "image extensions";
}

function unpack(one: NumberedModule): Instruction[] {
  const { number, module } = one;
  const { content, buildpacks } = module;
  const run = (from: string, mounts: readonly Mount[]): Instruction => ({
    kind: "run",
    network: false,
    mounts,
    argv: [
      "node",
      exportProgram,
      "module",
      from,
      `--to=${replacesAny(buildpacks) ? replacingDirectory : modulesDirectory}`,
      ...(kindOf(module) === "extension" ? ["--extension"] : []),
      `--warnings=${warningsDirectory}/${stageName(one)}.json`,
      ...buildpacks.map(({ id, version }) => `--expect=${id}@${version}`),
    ],
  });
  switch (content.kind) {
    case "image":
      return [
        run(`--image=${imageRoot}`, [{ kind: "bind", from: stageName(one), source: "/", target: imageRoot }]),
      ];
    case "directory":
    case "archive":
      return [
        run(`--from=${contextDirectory}/${content.path}`, [
          content.handed === undefined
            ? { kind: "context", target: contextDirectory }
            : { kind: "bind", from: content.handed.context, source: "/", target: contextDirectory },
        ]),
      ];
    case "download": {
      const destination = `${downloadsDirectory}/${number}`;
      return [
        { kind: "add", url: content.url, digest: content.digest, destination },
        run(`--from=${destination}`, []),
      ];
    }
  }
}

function replacesAny(buildpacks: ModulePlan["buildpacks"]): boolean {
  return buildpacks.some(({ replaces }) => replaces);
}

/** What `builder` takes over. Nothing where every module takes another's place: those are mounted. */
export function addModules({ modules }: LifecyclePlan): Instruction[] {
  const added = modules.filter(({ buildpacks }) => !replacesAny(buildpacks));
  return (["buildpack", "extension"] as const)
    .filter((kind) => added.some((module) => kindOf(module) === kind))
    .map((kind) => ({
      kind: "copy",
      from: "modules",
      source: `${modulesDirectory}${moduleDirectories[kind]}/`,
      destination: `${moduleDirectories[kind]}/`,
      link: false,
    }));
}

/**
 * Modules that take the place of the builder's own. A copy would leave files of the other one between the new ones,
 * and nothing can be removed in an image without a shell; so they are laid over it while detect and build run.
 */
export function replacingMounts(plan: LifecyclePlan): Mount[] {
  return replacingModules(plan).map((directory) => ({
    ...{ kind: "bind" as const, from: "modules" as const },
    source: `${replacingDirectory}${directory}`,
    target: directory,
  }));
}

/**
 * Those of them that are image extensions, where the mounts do not reach: one that brings its Dockerfile along is read after
 * detection.
 */
export function keepReplacingExtensions(plan: LifecyclePlan): Instruction[] {
  const source = `${replacingDirectory}${moduleDirectories.extension}/`;
  const destination = `${replacingExtensionsDirectory}/`;
  const isNeeded = replacingModules(plan).some((path) => path.startsWith(`${moduleDirectories.extension}/`));
  if (!isNeeded) return [];
  return [{ kind: "copy", from: "modules", source, destination, link: false }];
}

/** Directories of the builder that such modules are laid over. */
function replacingModules({ modules }: LifecyclePlan): string[] {
  return modules
    .filter(({ buildpacks }) => replacesAny(buildpacks))
    .flatMap((module) =>
      module.buildpacks.map(
        ({ id, version }) => `${moduleDirectories[kindOf(module)]}/${escapeId(id)}/${version}`,
      ),
    );
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
      return content.handed?.shown ?? (content.path === "" ? "." : content.path);
    case "download":
      return content.url;
  }
}
