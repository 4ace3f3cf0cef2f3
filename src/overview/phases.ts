import type { Owner } from "../contract/owner.ts";
import { scopedMountId } from "../stages/cache/cache-mount.ts";
import type { Mount, Stage } from "../stages/stage.ts";

/** A phase of the lifecycle: how it runs, or why it does not. */
export type OverviewPhase =
  | {
      readonly name: string;
      readonly runs: true;
      /** Where it runs. */
      readonly stage: string;
      readonly user: Owner;
      readonly network: boolean;
      readonly mounts: readonly OverviewMount[];
    }
  | { readonly name: string; readonly runs: false; readonly reason: string };

/** What a phase sees while it runs, and leaves in no layer. */
export type OverviewMount =
  /** `${TARGETPLATFORM}` in the id stands for each platform. */
  | { readonly kind: "cache" | "secret" | "ssh"; readonly id: string; readonly target: string }
  | { readonly kind: "bind"; readonly stage: string; readonly source: string; readonly target: string }
  /** The project's directory. */
  | { readonly kind: "context"; readonly target: string };

/** Phases for which a stage of their name is made, and the others. Source: CNB platform spec, "Phases". */
const phases = ["analyze", "detect", "restore", "extend", "build", "export"] as const;
const reasons: Readonly<Record<string, string>> = {
  analyze: "the run image is known, so analyzed.toml is in the Dockerfile",
  extend: "image extensions are not used",
};
/** Of a phase that has a stage in which nothing stands. */
const knownLater: Readonly<Record<string, string>> = {
  extend: "the frontend does it, with what detection selects",
};

/** Every phase, in the specification's order. In: the scope of the cache; absent: it has none. */
export function overviewPhases(stages: readonly Stage[], scope?: string): OverviewPhase[] {
  return phases.map((name) => {
    const stage = stages.find((one) => one.name === name);
    const run = stage?.instructions.find((one) => one.kind === "run");
    if (stage === undefined || run === undefined) {
      const later = stage === undefined ? undefined : knownLater[name];
      return { name, runs: false, reason: later ?? reasons[name] ?? "nothing to do" };
    }
    return {
      name,
      runs: true,
      stage: stage.name,
      user: userOf(stage, stages),
      network: run.network,
      mounts: run.mounts.map((mount) => overviewMount(mount, scope)),
    };
  });
}

/** The last USER of a stage, else of the one it is based on. */
function userOf(stage: Stage, stages: readonly Stage[]): Owner {
  const own = stage.instructions.findLast((one) => one.kind === "user");
  if (own !== undefined) return own.owner;
  const { base } = stage;
  const below = base.kind === "stage" ? stages.find(({ name }) => name === base.name) : undefined;
  // BuildKit's own, where nothing is said.
  return below === undefined ? { uid: 0, gid: 0 } : userOf(below, stages);
}

function overviewMount(mount: Mount, scope: string | undefined): OverviewMount {
  switch (mount.kind) {
    case "context":
      return { kind: mount.kind, target: mount.target };
    case "secret":
    case "ssh":
      return { kind: mount.kind, id: mount.id, target: mount.target };
    case "cache":
      return { kind: mount.kind, id: scopedMountId(mount.id, scope), target: mount.target };
    case "bind":
      return { kind: mount.kind, stage: mount.from, source: mount.source, target: mount.target };
  }
}

/** Whether and how a phase runs, for people. */
export function phaseText(phase: OverviewPhase): string {
  if (!phase.runs) return `skipped: ${phase.reason}`;
  const { uid, gid } = phase.user;
  return `as ${uid === 0 ? "root" : `${uid}:${gid}`}, ${phase.network ? "network access" : "no network access"}`;
}
