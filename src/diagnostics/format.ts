import { styleText } from "node:util";
import type { CatalogEntry } from "./catalog/entry.ts";
import { catalog } from "./catalog.ts";
import { partCommands } from "./ci-commands.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";
import { documentationUrl } from "./documentation.ts";

/** Columns of a line that are shown on either side of its fault. */
const excerptReach = 60;

interface FormatOptions {
  readonly color: boolean;
  /** Texts of files by the name a location gives; where one is known, its line is shown. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A diagnostic as tools get it: as it is, and where its code is explained. */
export function diagnosticJson(diagnostic: Diagnostic): Diagnostic & { readonly url: string } {
  return { ...diagnostic, url: documentationUrl(diagnostic.code) };
}

/** Draws a diagnostic: what, where with the line itself, what to do. Ends without a newline. */
export function formatDiagnostic(diagnostic: Diagnostic, { color, texts }: FormatOptions): string {
  const { severity, code, message, hint, mend, location } = diagnostic;
  const entry: CatalogEntry<never> = catalog[code];
  // The terminal was asked by the caller; here the choice is only carried out.
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const head = paint(["bold", severity === "error" ? "red" : "yellow"], `${severity}:`);
  return [
    `${head} ${visible(message)} ${paint("dim", `[${code}]`)}`,
    ...(location === undefined ? [] : [`  ${paint("dim", "at")} ${visible(place(location))}`]),
    ...(entry.hidesLine ? [] : excerpt(location, texts).map((line) => `  ${line}`)),
    ...(hint === undefined ? [] : [`  ${paint("cyan", "fix:")} ${visible(hint)}`]),
    ...(mend?.lines ?? []).map((line) => `    ${visible(line)}`),
  ].join("\n");
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
  const place = (location.column ?? 1) - 1;
  const [from, to] = [Math.max(0, place - excerptReach), place + excerptReach];
  const before = `${from > 0 ? "…" : ""}${line.slice(from, place)}`;
  const after = `${line.slice(place, to)}${to < line.length ? "…" : ""}`;
  // Tabs before the caret stay tabs, so that it stands below its place.
  const lead = before.replace(/[^\t]/g, " ");
  return [
    margin + visible(before + after),
    ...(location.column === undefined ? [] : [`${" ".repeat(margin.length - 2)}| ${lead}^`]),
  ];
}

/** As `visible`, of a text of several lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/**
 * Control characters as pictures of themselves: a file that came from elsewhere must not write on the terminal what it
 * likes, look like a diagnostic of its own, or turn the direction of what stands there. Tabs stay. The two number signs of
 * a CI system's command, which counts anywhere in a line, are parted.
 */
export function visible(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    if (character === "\t") return character;
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
  return partCommands(shown);
}
