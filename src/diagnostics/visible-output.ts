import { visible } from "./format.ts";

/** What sets colours. Source: ECMA-48, "SGR". */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const colors = /(\u001b\[[\d;:]*m)/;
export const colorsEnd = "\u001b[0m";

/**
 * Sequences that a terminal acts on: control sequences, strings (as the window's title), all others. Each part ends at the
 * first character that it cannot have, so that no text takes long; Node's `stripVTControlCharacters` needs a minute for a
 * megabyte of some. Source: ECMA-48, 5.4 and 5.6; ECMA-35, 13.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;

/**
 * A line that another program wrote, or a part of one, as a log can have it: without what a terminal acts on. In: whether
 * colours stay. `colorsEnd` ends them.
 */
export function visibleOutput(line: string, keepsColors: boolean): string {
  if (!keepsColors) return withoutSequences(line);
  const parts = line.split(colors);
  return parts.map((part, index) => (index % 2 === 1 ? part : withoutSequences(part))).join("");
}

function withoutSequences(text: string): string {
  return visible(text.replace(sequences, ""));
}
