import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatPath } from "./schema/key-path.ts";

/** What a fault is, in words, and what to do about it; `advice` absent: nothing in particular. */
interface Explanation {
  readonly reason: string;
  readonly advice?: string;
}

/** Where reading stopped: the line, cut in two, and what the first parser said. */
interface Stop {
  readonly before: string;
  readonly rest: string;
  readonly said: string;
}

/**
 * Explains why a text is not TOML, with line and column, and for a key given twice with the line of the first.
 * In: the text, which may have no carriage returns before newlines, and what the parser that reads descriptors threw.
 * That one's columns are off by a few characters, and its words are a parser's; so another one reads the text again.
 */
export function tomlFault(file: string, text: string, cause: unknown): Diagnostic {
  const said = cause instanceof Error ? (cause.message.split(/ at row \d+|\n/)[0] ?? "") : String(cause);
  const error = secondReading(text);
  if (!(error instanceof ParseError)) {
    const reason = lowerFirst(said);
    return diagnose("descriptor/toml-syntax", { reason, advice: undefined }, { file, ...statedPlace(cause) });
  }
  if (error.message === "Defining a key multiple times is invalid") return duplicateKey(file, text, error);
  const offset = stopOffset(text, error, said);
  const { line, before, rest } = split(text, offset);
  const { reason, advice } = explain(error.message, { before, rest, said });
  return diagnose("descriptor/toml-syntax", { reason, advice }, { file, line, column: before.length + 1 });
}

/** What the first parser says of the place: rows from 0, columns from 1 in the first row and from 0 below. */
function statedPlace(cause: unknown) {
  if (!(cause instanceof Error) || !("line" in cause && "col" in cause)) return {};
  const { line, col } = cause;
  if (typeof line !== "number" || typeof col !== "number") return {};
  return { line: line + 1, column: Math.max(1, line === 0 ? col : col + 1) };
}

/** Undefined: it cannot read texts of more than a hundred thousand characters, nor hundreds of brackets in each other. */
function secondReading(text: string): AST.TOMLProgram | ParseError | undefined {
  try {
    return parseTOML(text, { tomlVersion: "1.0.0" });
  } catch (error) {
    if (error instanceof ParseError) return error;
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where a person would look: at the end of the line that is not finished, at the quotes that are not closed. */
function stopOffset(text: string, { message, index, column }: ParseError, said: string): number {
  if (said.startsWith("Unterminated multi-line string")) {
    return Math.max(text.lastIndexOf('"""'), text.lastIndexOf("'''"));
  }
  if (message === "Unspecified values are invalid") {
    const before = text.slice(0, index).trimEnd();
    const comment = before.indexOf("#", before.lastIndexOf("\n") + 1);
    return comment === -1 ? before.length : before.slice(0, comment).trimEnd().length;
  }
  const unfinished =
    message === "Expected equal (=) token" ||
    message === "The key, equals sign, and value must be on the same line" ||
    message.startsWith("Unterminated") ||
    /=[ \t]*\n$/.test(text.slice(0, index));
  if (column > 0 || !unfinished) return index;
  return text.slice(0, index).trimEnd().length;
}

/** The line at an offset, counted from 1, and its two parts. */
function split(text: string, offset: number) {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return {
    line: text.slice(0, offset).split("\n").length,
    before: text.slice(start, offset),
    rest: text.slice(offset, end === -1 ? undefined : end),
  };
}

function explain(message: string, stop: Stop): Explanation {
  switch (message) {
    case "Unterminated string constant":
      return stop.said.startsWith("Unterminated multi-line string")
        ? {
            reason: "the string that starts here is not closed",
            advice: "Close it with the same three quotes.",
          }
        : {
            reason: "the string is not closed on its line",
            advice:
              'Close it with the quote that it starts with, or use `"""` for a string of several lines.',
          };
    case "Unterminated table-key":
    case "The key, equals sign, and value must be on the same line":
      return stop.before.trimStart().startsWith("[")
        ? {
            reason: "the table's name is not closed",
            advice: "Close `[name` with `]`, and `[[name` with `]]`.",
          }
        : missingEquals({ ...stop, rest: "" });
    case "Unspecified values are invalid":
      return noValue;
    case "Unterminated array":
      return openList;
    case "Unterminated inline table":
      return { reason: "the inline table is not closed", advice: "Close it with `}` on the same line." };
    case "No newlines are allowed between the curly braces unless they are valid within a value":
      return {
        reason: "an inline table must be on one line",
        advice: "Join the lines, or write it as a `[table]`.",
      };
    case "Trailing comma is not permitted in an inline table":
      return { reason: "there is a comma before `}`", advice: "Remove the comma." };
    case "Expected comma (,) token":
      return { reason: "a comma is missing between two entries" };
    case "Expected equal (=) token":
      return missingEquals(stop);
    case "Empty bare keys are not allowed":
      return { reason: "a name is missing", advice: 'Write an empty name as `""`.' };
    case "Unexpected spaces":
      return { reason: "there are spaces between two brackets", advice: "Write `[[name]]`." };
    case "Consecutive dots are not permitted in keys":
    case "Keys cannot end with a dot":
    case "Keys cannot start with a dot":
      return { reason: "a part of the dotted name is empty", advice: "Remove the extra dot." };
    case "Invalid character in escape sequence":
      return {
        reason: "the backslash does not start a valid escape sequence",
        advice: "Write `\\\\` for a backslash, or use single quotes, in which a backslash is literal.",
      };
    case "Control characters (codes < 0x1f and 0x7f) are not allowed":
      return {
        reason: `it contains the control character ${codePoint(stop.rest)}`,
        advice: "Remove it, or write it as an escape in a double-quoted string, for example `\\u001B`.",
      };
    case "Leading zeros are not allowed":
      return { reason: "a number starts with a zero", advice: "Put it into quotes if it is a string." };
    case "Underscores are allowed between digits":
      return { reason: "an underscore in a number must be between two digits" };
    case "Unexpected invalid date":
    case "Unexpected invalid time":
      return {
        reason: "the date or time does not exist",
        advice: "Put it into quotes if it is a string.",
      };
    case "Must be a newline":
      return tooMuch(stop);
    case "Unexpected character":
    case "Unexpected token":
      return unexpected(stop);
    default:
      return { reason: lowerFirst(message) };
  }
}

const noValue: Explanation = { reason: "the key has no value", advice: 'Write an empty string as `""`.' };

const openList: Explanation = {
  reason: "an array is not closed, or a comma is missing in it",
  advice: "Close the array with `]`.",
};

const needsQuotes: Explanation = {
  reason: "the value is not a quoted string, number, `true`, `false`, date, array or table",
  advice: 'Put strings into quotes: `key = "text"`.',
};

function missingEquals({ rest }: Stop): Explanation {
  if (rest.trimStart().startsWith(":")) {
    return { reason: "there is a colon instead of `=`", advice: 'Write `key = "value"`.' };
  }
  return rest.trim() === ""
    ? { reason: "the key has no `=` and no value", advice: 'Write `key = "value"`.' }
    : { reason: "`=` is missing after the key", advice: "A key with spaces needs quotes." };
}

function tooMuch({ before, rest }: Stop): Explanation {
  if (/^[,;]/.test(rest)) {
    return {
      reason: `a ${rest.startsWith(",") ? "comma" : "semicolon"} follows the value`,
      advice: "Remove it.",
    };
  }
  if (/^\s*\[/.test(before) && !before.includes("=")) {
    return { reason: "there is text after the table's name", advice: "Put each key on its own line." };
  }
  // Nothing between the two: a version, an address or the like that began as a number would.
  return /\S$/.test(before) && /^\S/.test(rest)
    ? needsQuotes
    : { reason: "there is text after the value", advice: "Put each key on its own line." };
}

function unexpected(stop: Stop): Explanation {
  const { before, rest, said } = stop;
  if (said.includes("close bracket")) return openList;
  if (/=\s*$/.test(before) && /^\s*(#|$)/.test(rest)) return noValue;
  if (/[=[,]\s*$/.test(before)) return valueFault(stop);
  if (before.includes("=")) return /^[,;]/.test(rest) ? tooMuch(stop) : needsQuotes;
  if (rest.startsWith(":")) return missingEquals(stop);
  if (/^(\/\/|;|--)/.test(rest)) return { reason: "this is not a key", advice: "Comments start with `#`." };
  if (rest.startsWith("{")) return { reason: "there is a brace instead of a key; this looks like JSON" };
  if (rest.startsWith("=")) return { reason: "the key before `=` is missing" };
  return {
    reason: `a key without quotes cannot contain the character ${codePoint(rest)}`,
    advice: "Use letters A to Z, digits, `-` and `_`, or put the key into quotes.",
  };
}

function valueFault({ before, rest }: Stop): Explanation {
  // `[name]` alone on a line is meant as a table's name, not as a list in a list.
  if (/^\s*\[\[?$/.test(before) && /^[\w.-]+\]/.test(rest)) return openList;
  const [word = ""] = /^[A-Za-z]+/.exec(rest) ?? [];
  if (/^(true|yes|on|false|no|off)$/i.test(word)) {
    return { reason: `\`${word}\` is not a value`, advice: "Write `true` or `false`, in lower case." };
  }
  if (/^(null|nil|none|undefined)$/i.test(word)) {
    return { reason: `\`${word}\` is not a value`, advice: "Leave the key out." };
  }
  if (/^[“”„‘’«]/.test(rest)) {
    return { reason: `\`${rest.slice(0, 1)}\` is not a TOML quote`, advice: 'Use `"` around the string.' };
  }
  return needsQuotes;
}

/** The first character: itself where it can be seen, and its number. */
function codePoint(text: string): string {
  const number = text.codePointAt(0) ?? 0;
  const name = `U+${number.toString(16).toUpperCase().padStart(4, "0")}`;
  return number <= 0x20 || (number >= 0x7f && number <= 0xa0)
    ? name
    : `${String.fromCodePoint(number)} (${name})`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

type Path = readonly (string | number)[];

/** The parts of a dotted key before its last, at a text's end. It is looked for from each place, so the text has to be short. */
const dottedEnd = /(?:(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)\s*\.\s*)+$/;
const longestKey = 1000;

function duplicateKey(file: string, text: string, { index }: ParseError): Diagnostic {
  const stop = split(text, index);
  // Of a dotted key the parser points at the last part.
  const [dotted = ""] = dottedEnd.exec(stop.before.slice(-longestKey)) ?? [];
  const { line } = stop;
  const before = stop.before.slice(0, stop.before.length - dotted.length);
  const names = keyNames(dotted + stop.rest);
  const said = earlierKeys(text.slice(0, index - stop.before.length));
  const isHeader = /^\s*\[/.test(before);
  const path = [...(isHeader ? [] : (said?.table ?? [])), ...names];
  const key = formatPath(path);
  return diagnose(
    "descriptor/duplicate-key",
    { key, firstLine: said === undefined ? undefined : firstLine(said.keys, path) },
    { file, line, column: before.length + 1, keyPath: key },
  );
}

/** The parts of a dotted key that a text begins with. */
function keyNames(text: string): string[] {
  const part = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*(\.?)/y;
  const names: string[] = [];
  for (;;) {
    const found = part.exec(text);
    if (found === null) return names;
    names.push(found[1] ?? found[2] ?? found[3] ?? "");
    if (found[4] !== ".") return names;
  }
}

interface SaidKey {
  readonly path: Path;
  readonly line: number;
}

/** Keys and tables of a text, in its order, and the table that its end is in. Undefined: it ends inside of a value. */
function earlierKeys(text: string): { readonly keys: readonly SaidKey[]; readonly table: Path } | undefined {
  const program = secondReading(text);
  if (program === undefined || program instanceof ParseError) return undefined;
  const keys: SaidKey[] = [];
  let table: Path = [];
  const add = ({ key, loc }: AST.TOMLKeyValue, below: Path) => {
    const names = key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
    keys.push({ path: [...below, ...names], line: loc.start.line });
  };
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") add(node, []);
    else {
      table = node.resolvedKey;
      keys.push({ path: table, line: node.loc.start.line });
      for (const entry of node.body) add(entry, table);
    }
  }
  return { keys, table };
}

/**
 * The line of the key that a path collides with: the same one, else one that it stands in, else one that stands in it.
 * Of several the last counts: those before belong to other entries of a list.
 */
function firstLine(keys: readonly SaidKey[], path: Path): number | undefined {
  const names = (of: Path) => of.filter((part) => typeof part === "string");
  const wanted = names(path);
  const beginsWith = (long: readonly string[], short: readonly string[]) =>
    short.every((name, index) => long[index] === name);
  const same = (key: SaidKey) => formatPath(names(key.path)) === formatPath(wanted);
  const around = (key: SaidKey) => key.path.length > 0 && beginsWith(wanted, names(key.path));
  const inside = (key: SaidKey) => beginsWith(names(key.path), wanted);
  return (keys.findLast(same) ?? keys.findLast(around) ?? keys.findLast(inside))?.line;
}
