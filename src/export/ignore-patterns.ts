/** Decides about a path relative to the app's root, with `/` between its parts and none at its end. */
export type PathMatcher = (path: string) => boolean;

/**
 * The matcher behind `include` and `exclude` of project.toml: gitignore as pack reads it, not as git does.
 * A later pattern that starts with `!` takes back what an earlier one matched; a pattern that makes no regular
 * expression is dropped. Source: pack's matcher (ARCHITECTURE.md, "The source").
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
  readonly expression: RegExp;
  readonly negated: boolean;
}

function compile(line: string): Rule[] {
  if (line.startsWith("#")) return [];
  const trimmed = line.replace(/\r+$/, "").replace(/^ +| +$/g, "");
  if (trimmed === "") return [];
  const negated = trimmed.startsWith("!");
  // pack means to read `\#` and `\!` as the characters themselves; its expression then holds them escaped.
  const positive = (negated ? trimmed.slice(1) : trimmed).replace(/^[#!]/, "");
  const expression = toExpression(rooted(positive));
  return expression === undefined ? [] : [{ expression, negated }];
}

/** An inner slash does not root a pattern, unless a `*.` comes after it. */
function rooted(pattern: string): string {
  return /[^/+]\/.*\*\./.test(pattern) && !pattern.startsWith("/") ? `/${pattern}` : pattern;
}

/** `.` in Go's expressions is anything but a newline; in JavaScript's it stops at other line ends too. */
const any = "[^\\n]";

const wildcards: Readonly<Record<string, string>> = {
  "/**/": `(/|/${any}+/)`,
  "**/": `(|${any}*/)`,
  "/**": `(|/${any}*)`,
  "\\*": "\\*",
  "*": "([^/]*)",
  "?": "\\?",
  ".": "\\.",
};

/** Anchors the pattern and lets it match what lies below, too. Characters that are not wildcards stay regex syntax. */
function toExpression(pattern: string): RegExp | undefined {
  const text = (pattern.startsWith("/**/") ? pattern.slice(1) : pattern).replace(
    /\/\*\*\/|\*\*\/|\/\*\*|\\\*|[*?.]/g,
    (wildcard) => wildcards[wildcard] ?? wildcard,
  );
  const below = text.endsWith("/") ? `(|${any}*)$` : `(|/${any}*)$`;
  const source = text.startsWith("/") ? `^(|/)${text.slice(1)}${below}` : `^(|${any}*/)${text}${below}`;
  return tryExpression(source, "u") ?? tryExpression(source, "");
}

function tryExpression(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
