import { rootOwner } from "../../contract/owner.ts";
import type { FrozenDockerfile, FrozenExtensions, LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { phaseDirectories } from "../paths.ts";
import type { Base, Instruction, Stage, StageName } from "../stage.ts";
import { nativeCommand, nativeMounts } from "./phase.ts";

/** Where the builder's own files are while directories of it come back. */
const ownRoot = "/cnb-dockerfile/own";

/**
 * `extend`: the builder image with the Dockerfiles of an earlier detection, each a stage. Our frontend, which applies those of its own
 * detection, begins with `extend-base`.
 */
export function frozenBuilderStages({ builder }: LifecyclePlan, { build }: FrozenExtensions): Stage[] {
  const [last] = build.slice(-1);
  return [
    {
      name: "extend-base",
      base: { kind: "image", reference: builder, onBuildPlatform: false },
      purpose: ["extend-base: the builder image, without image extensions."],
      instructions: [],
    },
    ...dockerfileStages(build, { kind: "stage", name: "extend-base" }),
    {
      name: "extend",
      base: { kind: "stage", name: last === undefined ? "extend-base" : stageOf(last) },
      purpose: ["extend: the builder image, changed by the image extensions that detection selected."],
      instructions: last === undefined ? [] : keepOwnDirectories,
    },
  ];
}

/** `extend-run`: the same for the run image, which an extension may have replaced. */
export function frozenRunImageStages(
  { runImage }: LifecyclePlan,
  { run, ...frozen }: FrozenExtensions,
): Stage[] {
  const [last] = run.slice(-1);
  const base: Base =
    frozen.runImage === undefined
      ? { kind: "stage", name: "extend-run-base" }
      : { kind: "image", reference: frozen.runImage.reference, onBuildPlatform: false };
  return [
    {
      name: "extend-run-base",
      base: { kind: "image", reference: runImage.reference, onBuildPlatform: false },
      purpose: ["extend-run-base: the run image, without image extensions."],
      instructions: [],
    },
    ...dockerfileStages(run, base),
    {
      name: "extend-run",
      base: last === undefined ? base : { kind: "stage", name: stageOf(last) },
      purpose: ["extend-run: the run image, replaced or changed by image extensions."],
      instructions: [],
    },
  ];
}

function stageOf({ kind, number }: FrozenDockerfile): StageName {
  return `extend-${kind}-${number}`;
}

/** Each Dockerfile upon the one before, and its context, if it takes files from it. */
function dockerfileStages(dockerfiles: readonly FrozenDockerfile[], first: Base): Stage[] {
  return dockerfiles.flatMap((dockerfile, index): Stage[] => {
    const { number, id, version, kind, instructions, context } = dockerfile;
    const before = dockerfiles[index - 1];
    const name = stageOf(dockerfile);
    const contextName: StageName = `extend-context-${number}`;
    return [
      ...(context === undefined
        ? []
        : [
            {
              name: contextName,
              base: { kind: "scratch" as const },
              purpose: [`${contextName}: files for ${name}.`],
              instructions: [
                {
                  ...{
                    kind: "copy" as const,
                    from: "detect" as const,
                    source: `${context}/`,
                    destination: "/",
                  },
                  ...{ owner: rootOwner, link: false },
                },
              ],
            },
          ]),
      {
        name,
        base: before === undefined ? first : { kind: "stage", name: stageOf(before) },
        purpose: [`${name}: ${kind}.Dockerfile of ${id}@${version}.`],
        instructions: instructions.map((text): Instruction => ({ kind: "written", text })),
      },
    ];
  });
}

/** What Dockerfiles left in these does not count: the builder's own are there again. */
const keepOwnDirectories: readonly Instruction[] = [
  { kind: "user", owner: rootOwner },
  {
    kind: "run",
    network: false,
    mounts: [...nativeMounts, { kind: "bind", from: "extend-base", source: "/", target: ownRoot }],
    argv: nativeCommand([
      "keep",
      `--from=${ownRoot}`,
      ...phaseDirectories.map((path) => `--directory=${path}`),
    ]),
  },
];
