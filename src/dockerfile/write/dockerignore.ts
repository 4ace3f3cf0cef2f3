import type { WorkspacePlan } from "../../plan/lifecycle-plan.ts";

/**
 * Patterns for `<Dockerfile>.dockerignore`: what need not be sent to BuildKit because `source` would drop it anyway.
 * Only patterns that surely mean the same in both languages are carried over; the filter decides, this saves time.
 * In: what the build uses beside the source that the buildpacks see.
 */
export function ignoredPatterns(
  {
    filter,
    descriptorPath,
    keepGitDirectory,
  }: Pick<WorkspacePlan, "filter" | "descriptorPath" | "keepGitDirectory">,
  usedPaths: readonly string[],
): string[] {
  const patterns = filter.kind === "exclude" ? filter.patterns.map((pattern) => pattern.trim()) : [];
  // A negated pattern takes names back, by rules that differ.
  const negated = patterns.some((pattern) => pattern.startsWith("!"));
  // These reach the build whatever the patterns say; a module that is the whole project leaves nothing to spare.
  const kept = [...(descriptorPath === undefined ? [] : [descriptorPath]), ...usedPaths];
  // A name that would need escaping: sending too much is no fault.
  const odd = kept.some((path) => !/^[\w./@+-]+$/.test(path));
  const carried = negated || odd ? [] : patterns.flatMap(translate);
  return [
    ...(keepGitDirectory ? [] : ["**/.git"]),
    ...carried,
    ...(carried.length === 0 ? [] : kept.map((path) => `!${path}`)),
  ];
}

/** A plain name, `*.ext`, `/name` and `name/`; anything else is left to the filter. */
function translate(pattern: string): string[] {
  const match = /^(?<root>\/?)(?<name>(?:\*\.)?[A-Za-z0-9_.-]+)(?<slash>\/?)$/.exec(pattern)?.groups;
  const name = match?.name;
  if (match === undefined || name === undefined || /^\.{1,2}$/.test(name)) return [];
  const anchored = match.root === "/" ? name : `**/${name}`;
  // With a slash at its end a pattern means what is below a directory, not the directory itself.
  return [match.slash === "/" ? `${anchored}/*` : anchored];
}
