import type { Dockerfile } from "../dockerfile.ts";

/** Lines at the top of a Dockerfile that say how it is read; the first other line ends them. */
const directives = /^(?:#[^\S\n]*(?:syntax|escape|check)[^\S\n]*=[^\n]*\n)+/i;
/** BuildKit looks for the syntax below a first line for shells, too. */
const shellLine = /^#![^\n]*\n/;
const syntaxLine = /^#[^\S\n]*syntax[^\S\n]*=[^\n]*\n/im;

/** The parser directives of a Dockerfile, as they stand there with their line breaks; empty: none. */
export function directivesOf(text: string): string {
  return directives.exec(text)?.[0] ?? "";
}

/**
 * Takes away the line that has BuildKit give the file to another frontend. A comment takes its place, so that the lines
 * below keep their numbers, and behind the other directives, which it would end.
 */
export function withoutSyntaxLine(dockerfile: Dockerfile): Dockerfile {
  const { text } = dockerfile;
  const first = shellLine.exec(text)?.[0] ?? "";
  const lines = directivesOf(text.slice(first.length));
  const others = lines.replace(syntaxLine, "");
  if (others === lines) return dockerfile;
  return { ...dockerfile, text: `${first}${others}#\n${text.slice(first.length + lines.length)}` };
}

/** Whether a file names the frontend that builds it, as BuildKit reads that; project.toml can, too. */
export function hasSyntaxLine(text: string): boolean {
  const first = shellLine.exec(text)?.[0] ?? "";
  return syntaxLine.test(directivesOf(`${text.slice(first.length)}\n`));
}
