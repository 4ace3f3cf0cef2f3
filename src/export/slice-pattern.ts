import { posix } from "node:path";

/**
 * One path pattern of an application slice: Go's filepath.Match, after filepath.Clean, against the path relative to the
 * app's directory. `*` and `?` stop at `/`, a class does not. Undefined: the pattern is malformed.
 */
export function slicePattern(pattern: string): RegExp | undefined {
  const clean = posix.normalize(pattern).replace(/(.)\/$/, "$1");
  const characters = [...clean];
  let source = "";
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? "";
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "\\") {
      index += 1;
      const escaped = characters[index];
      if (escaped === undefined) return undefined;
      source += literal(escaped);
    } else if (character === "[") {
      const parsed = parseClass(characters, index + 1);
      if (parsed === undefined) return undefined;
      source += parsed.source;
      index = parsed.end;
    } else source += literal(character);
  }
  return new RegExp(`^${source}$`, "su");
}

/** The class whose first character is at `start`; `end` is where its `]` stands. Undefined: malformed. */
function parseClass(
  characters: readonly string[],
  start: number,
): { source: string; end: number } | undefined {
  let index = start;
  const negated = characters[index] === "^";
  if (negated) index += 1;
  /** Takes one end of a range. */
  const take = (): string | undefined => {
    const character = characters[index];
    if (character === undefined || character === "-" || character === "]") return undefined;
    const escaped = character === "\\" ? characters[index + 1] : character;
    index += character === "\\" ? 2 : 1;
    return escaped;
  };
  const ranges: string[] = [];
  while (characters[index] !== "]" || ranges.length === 0) {
    const low = take();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (characters[index] === "-") {
      index += 1;
      high = take();
    }
    if (high === undefined) return undefined;
    if (codePoint(low) <= codePoint(high)) ranges.push(`${literal(low)}-${literal(high)}`);
    else ranges.push("");
  }
  const body = ranges.join("");
  // A range from high to low matches nothing in Go; in JavaScript it would not compile.
  const source = body === "" ? (negated ? "." : "(?!)") : `[${negated ? "^" : ""}${body}]`;
  return { source, end: index };
}

function literal(character: string): string {
  return `\\u{${codePoint(character).toString(16)}}`;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
