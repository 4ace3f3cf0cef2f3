import type {
  BuildpackEntry,
  InlineBuildpack,
  ProjectDescriptor,
} from "../../descriptor/project-descriptor.ts";
import type { CompileOptions } from "../options.ts";

/** The entries that take part in a build, from flags or descriptor. */
export interface ChosenEntries {
  /** Used instead of the builder's order; empty: its order is used. */
  readonly group: readonly BuildpackEntry[];
  /** Put around each group of the builder's order; empty where there is a group. */
  readonly pre: readonly BuildpackEntry[];
  readonly post: readonly BuildpackEntry[];
  /** Image extensions used instead of the builder's; empty: its own are used. */
  readonly extensions: readonly BuildpackEntry[];
}

/** The execution environment that nobody has to name. Platform spec 0.15, `CNB_EXEC_ENV`. */
export const defaultExecEnv = "production";

/**
 * Chooses the entries. A flag takes the place of the descriptor's list; pre and post count only where no group is
 * declared; an entry for another execution environment does not take part. A uri of the descriptor's that whoever builds
 * hands over is his. Source: pack, but for the last two.
 */
export function chooseEntries(
  descriptor: ProjectDescriptor | undefined,
  options: Pick<
    CompileOptions,
    "buildpacks" | "preBuildpacks" | "postBuildpacks" | "extensions" | "handedUris" | "execEnv"
  >,
): ChosenEntries {
  const { execEnv = defaultExecEnv, handedUris } = options;
  const handed = (entry: BuildpackEntry): BuildpackEntry => {
    const uri = entry.kind === "uri" ? handedUris?.get(entry.uri) : undefined;
    return entry.kind !== "uri" || uri === undefined ? entry : { ...entry, uri, isOption: true };
  };
  const chosen = (flag: string, uris: readonly string[], declared: readonly BuildpackEntry[] | undefined) =>
    uris.length > 0
      ? uris.map((uri): BuildpackEntry => ({ kind: "uri", uri, isOption: true, location: { file: flag } }))
      : (declared ?? []).filter((entry) => takesPart(entry, execEnv)).map(handed);
  const extensions = chosen("--extension", options.extensions, undefined);
  const group = chosen("--buildpack", options.buildpacks, descriptor?.group);
  if (group.length > 0) return { group, pre: [], post: [], extensions };
  return {
    group,
    pre: chosen("--pre-buildpack", options.preBuildpacks, descriptor?.pre),
    post: chosen("--post-buildpack", options.postBuildpacks, descriptor?.post),
    extensions,
  };
}

/** All buildpacks of them. */
export function allEntries({ group, pre, post }: ChosenEntries): BuildpackEntry[] {
  return [...group, ...pre, ...post];
}

/** Scripts of the descriptor that become buildpacks. */
export function inlineBuildpacks(chosen: ChosenEntries): InlineBuildpack[] {
  return allEntries(chosen).filter((entry) => entry.kind === "inline");
}

/** Whether something that may name execution environments takes part in one. */
export function takesPart(bound: { readonly execEnv?: readonly string[] }, execEnv: string): boolean {
  const { execEnv: named = [] } = bound;
  return named.length === 0 || named.includes(execEnv) || named.includes("*");
}
