import { shownUrl } from "../modules/download-address.ts";
import type { Base, Instruction, Mount, Stage } from "../stages/stage.ts";

export interface OverviewStage {
  /** Its `--target`. */
  readonly name: string;
  readonly base: OverviewBase;
  /** `build`: the platform of the machine that builds; `target`: the image's own, under emulation where they differ. */
  readonly runsOn: "build" | "target";
  /** Whether a step of it has network. */
  readonly network: boolean;
  /** What it takes from elsewhere, beside its base; each once. */
  readonly takes: readonly OverviewTake[];
  /** The one that a build without `--target` makes. */
  readonly isDefault: boolean;
}

export type OverviewBase =
  /** `name:tag@sha256:…`. */
  | { readonly kind: "image"; readonly reference: string }
  | { readonly kind: "stage"; readonly stage: string }
  | { readonly kind: "scratch" }
  /** Files that whoever builds hands over under that name. */
  | { readonly kind: "named-context"; readonly name: string };

type OverviewTake =
  | { readonly kind: "copy" | "mount"; readonly stage: string }
  /** The project's directory. */
  | { readonly kind: "context" }
  | { readonly kind: "download"; readonly url: string };

/** The stages as a reader of the Dockerfile finds them. */
export function overviewStages(stages: readonly Stage[]): OverviewStage[] {
  return stages.map((stage, index) => ({
    name: stage.name,
    base: overviewBase(stage.base),
    runsOn: runsOnBuildPlatform(stage, stages) ? "build" : "target",
    network: stage.instructions.some((one) => one.kind === "run" && one.network),
    takes: takesOf(stage),
    isDefault: index === stages.length - 1,
  }));
}

function overviewBase(base: Base): OverviewBase {
  switch (base.kind) {
    case "image":
      return { kind: base.kind, reference: base.reference };
    case "stage":
      return { kind: base.kind, stage: base.name };
    case "choice":
      return { kind: "stage", stage: base.isSet ? `${base.name}${base.suffix}` : base.name };
    case "scratch":
      return { kind: base.kind };
    case "context":
      return { kind: "named-context", name: base.name };
  }
}

function runsOnBuildPlatform({ base }: Stage, stages: readonly Stage[]): boolean {
  if (base.kind === "image") return base.onBuildPlatform;
  const below =
    base.kind === "stage" || base.kind === "choice"
      ? stages.find(({ name }) => name === base.name)
      : undefined;
  return below !== undefined && runsOnBuildPlatform(below, stages);
}

function takesOf({ instructions }: Stage): OverviewTake[] {
  const takes = instructions.flatMap(takesOfInstruction);
  return [...new Map(takes.map((take) => [JSON.stringify(take), take])).values()];
}

function takesOfInstruction(instruction: Instruction): OverviewTake[] {
  switch (instruction.kind) {
    case "copy":
      return [{ kind: "copy", stage: instruction.from }];
    case "add":
      return typeof instruction.url === "string"
        ? [{ kind: "download", url: shownUrl(new URL(instruction.url)) }]
        : [];
    case "project-file":
      return [{ kind: "context" }];
    case "run":
      return instruction.mounts.flatMap((mount) => takeOfMount(mount) ?? []);
    case "arg":
    case "user":
    case "workdir":
    case "env":
    case "label":
    case "file":
    case "entrypoint":
    case "cmd":
    case "written":
      return [];
  }
}

/** Undefined: it comes from no stage and no directory. */
function takeOfMount(mount: Mount): OverviewTake | undefined {
  switch (mount.kind) {
    case "bind":
      return { kind: "mount", stage: mount.from };
    case "context":
      return { kind: "context" };
    case "secret":
    case "ssh":
    case "cache":
      return undefined;
  }
}

/** Those that a build without `--target` needs; the others are there for who asks for them. */
export function neededStages(stages: readonly OverviewStage[]): OverviewStage[] {
  const needed = new Set(stages.filter(({ isDefault }) => isDefault).map(({ name }) => name));
  // A stage stands after those that it takes from.
  for (const { name, base, takes } of [...stages].reverse()) {
    if (!needed.has(name)) continue;
    if (base.kind === "stage") needed.add(base.stage);
    for (const take of takes) if (take.kind === "copy" || take.kind === "mount") needed.add(take.stage);
  }
  return stages.filter(({ name }) => needed.has(name));
}
