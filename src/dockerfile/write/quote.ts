import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { EnvPart } from "../../stages/stage.ts";

/**
 * The only code that turns values into Dockerfile text. Every function here keeps a value from ending its quoting.
 * Source: BuildKit's Dockerfile parser and shell lexer; the escape character is always the backslash.
 */

/** A JSON string that no other part of the parser takes for its own: `<` could begin a heredoc. */
function jsonString(value: string): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * Exec form. Out: one piece an argument, to be put on one line or on several.
 * Throws CompileError for a NUL: JSON holds it, but no program can be given it.
 */
export function jsonForm(argv: readonly string[]): string[] {
  return argv.map((argument, index) => {
    if (argument.includes("\0")) {
      const what = `The argument ${argument.slice(0, 60)}`;
      throw new CompileError([diagnose("emit/control-character", { what })]);
    }
    return jsonString(argument) + (index === argv.length - 1 ? "" : ",");
  });
}

/** A double-quoted word in which only `variable` parts are expanded. Throws CompileError for a line break or NUL. */
export function quotedWord(parts: readonly EnvPart[], what: string): string {
  const inner = parts.map((part) => {
    if (typeof part !== "string") return `\${${part.variable}}`;
    if (/[\0\r\n]/.test(part)) throw new CompileError([diagnose("emit/control-character", { what })]);
    return part.replace(/["\\$]/g, "\\$&");
  });
  return `"${inner.join("")}"`;
}

/**
 * A word whose characters all stand for themselves where BuildKit expands variables and takes quotes away, as it does
 * with the sources of ADD and COPY even in JSON form.
 */
export function literalWord(text: string): string {
  return text.replace(/["'\\$]/g, "\\$&");
}

/** A word that needs no quoting because of what it is made of; anything else is a mistake of ours. */
export function plainWord(text: string): string {
  if (/^[A-Za-z0-9/._:@${}=+[\]-]+$/.test(text)) return text;
  throw new Error(`not a plain Dockerfile word: ${JSON.stringify(text)}`);
}

/** A heredoc's delimiter that is no line of the text. */
export function heredocDelimiter(text: string): string {
  // BuildKit compares lines without the carriage returns at their ends, however many.
  const lines = new Set(text.split(/\r*\n/));
  for (let number = 0; ; number++) {
    const delimiter = number === 0 ? "EOF" : `EOF${number}`;
    if (!lines.has(delimiter)) return delimiter;
  }
}

/** A word of a command line, for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text for a comment: its line breaks cannot begin an instruction, nor can it be drawn as what it is not. */
export function commentText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ");
}
