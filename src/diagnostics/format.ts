import { styleText } from "node:util";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";

export interface FormatOptions {
  readonly color: boolean;
  /** Texts of files by the name a location gives; where one is known, its line is shown. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Draws a diagnostic: what, where with the line itself, what to do. Ends without a newline. */
export function formatDiagnostic(diagnostic: Diagnostic, { color, texts }: FormatOptions): string {
  const { severity, code, message, hint, location } = diagnostic;
  // The terminal was asked by the caller; here the choice is only carried out.
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const head = paint(["bold", severity === "error" ? "red" : "yellow"], `${severity}:`);
  return [
    `${head} ${visible(message)} ${paint("dim", `[${code}]`)}`,
    ...(location === undefined ? [] : [`  ${paint("dim", "at")} ${visible(place(location))}`]),
    ...excerpt(location, texts).map((line) => `  ${line}`),
    ...(hint === undefined ? [] : [`  ${paint("cyan", "fix:")} ${visible(hint)}`]),
  ].join("\n");
}

/**
 * Text of the user's with an escape for each character that a terminal acts on instead of showing it: line breaks and
 * colours in it would look as if they were ours, and marks for the direction of text hide what it says.
 */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    JSON.stringify(character).startsWith('"\\')
      ? JSON.stringify(character).slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `project.toml:3:5: io.buildpacks.builder`. */
function place({ file, line, column, keyPath }: SourceLocation): string {
  const position = line === undefined ? "" : `:${line}${column === undefined ? "" : `:${column}`}`;
  return `${file}${position}${keyPath === undefined || keyPath === file ? "" : `: ${keyPath}`}`;
}

/** The line a location points at, with a caret; nothing where the text or the line is not known. */
function excerpt(location: SourceLocation | undefined, texts: ReadonlyMap<string, string>): string[] {
  if (location?.line === undefined) return [];
  const line = texts.get(location.file)?.split(/\r?\n/)[location.line - 1];
  if (line === undefined) return [];
  const margin = `${location.line} | `;
  // Tabs stay tabs, before the caret too, so that it stands below its place.
  const shown = (part: string) => part.split("\t").map(visible).join("\t");
  const lead = shown(line.slice(0, (location.column ?? 1) - 1)).replace(/[^\t]/g, " ");
  return [
    margin + shown(line),
    ...(location.column === undefined ? [] : [`${" ".repeat(margin.length - 2)}| ${lead}^`]),
  ];
}
