import { RE2JS, RE2JSException } from "re2js";

/** Decides about a path relative to the app's root, with `/` between its parts and none at its end. */
export type PathMatcher = (path: string) => boolean;

/**
 * The matcher behind `include` and `exclude` of project.toml: gitignore as pack reads it, not as git does.
 * A later pattern that starts with `!` takes back what an earlier one matched; a pattern that makes no regular
 * expression is dropped. The engine is RE2, as pack's: the time grows with the path and not with the ways to match it, so
 * that no pattern hangs a build. Source: pack's matcher (docs/design/stages.md, "The source").
 */
export function pathMatcher(patterns: readonly string[]): PathMatcher {
  const rules = patterns.flatMap((pattern) => compile(pattern));
  return (path) => {
    let matched = false;
    for (const { expression, negated } of rules)
      if (matched === negated && expression.test(path)) matched = !negated;
    return matched;
  };
}

interface Rule {
  readonly expression: RE2JS;
  readonly negated: boolean;
}

function compile(line: string): Rule[] {
  const text = withoutEnd(line, "\r");
  if (text.startsWith("#")) return [];
  const pattern = withoutEnd(text, " ").replace(/^ +/, "");
  if (pattern === "") return [];
  const negated = pattern.startsWith("!");
  // pack means to read `\#` and `\!` as the characters themselves; its expression then holds them escaped.
  const positive = (negated ? pattern.slice(1) : pattern).replace(/^[#!]/, "");
  const expression = tryExpression(anchored(withoutWildcards(rooted(positive))));
  return expression === undefined ? [] : [{ expression, negated }];
}

/** By hand: `/ +$/` would look at each run of spaces once for each of them. */
function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

/** Compiled with the first pattern: each step of a build starts this program, and most have none. */
let slashBeforeEnding: RE2JS | undefined;

/** An inner slash does not root a pattern, unless a `*.` comes after it. */
function rooted(pattern: string): string {
  slashBeforeEnding ??= RE2JS.compile("[^/+]/.*\\*\\.");
  return slashBeforeEnding.test(pattern) && !pattern.startsWith("/") ? `/${pattern}` : pattern;
}

/** Stands for a star that is none of the pattern's, until the pattern's are replaced. pack's own, so it counts in texts, too. */
const star = "#$~";

/** Each step sees what the one before it made: so it is in pack, and patterns with several of these depend on it. */
const steps: readonly (readonly [found: string, replacement: string])[] = [
  ["/**/", "(/|/.+/)"],
  ["**/", `(|.${star}/)`],
  ["/**", `(|/.${star})`],
  ["\\*", `\\${star}`],
  ["*", "([^/]*)"],
  ["?", "\\?"],
  [star, "*"],
];

/** Characters that are no wildcards stay what they are in a regular expression. */
function withoutWildcards(pattern: string): string {
  const escaped = pattern.replaceAll(".", "\\.");
  const start = escaped.startsWith("/**/") ? escaped.slice(1) : escaped;
  return steps.reduce((text, [found, replacement]) => text.replaceAll(found, () => replacement), start);
}

/** Matches the whole path, and what lies below it. */
function anchored(text: string): string {
  const below = `${text}${text.endsWith("/") ? "(|.*)$" : "(|/.*)$"}`;
  return below.startsWith("/") ? `^(|/)${below.slice(1)}` : `^(|.*/)${below}`;
}

function tryExpression(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
