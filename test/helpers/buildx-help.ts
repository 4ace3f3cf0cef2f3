import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Flags of `docker buildx build` as its own help lists them, of the version that the lab pins; an end-to-end test compares. */
export const buildxHelpFile = join(import.meta.dirname, "../fixtures/buildx/build-help.txt");

/** A flag of a program of cobra's. */
export interface HelpFlag {
  readonly long: string;
  readonly short: string | undefined;
  readonly hasValue: boolean;
}

/** The lines of a help text that are about flags. */
export function flagLines(help: string): string {
  return help
    .split("\n")
    .filter((line) => /^ +(?:-\w, )?--/.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

/** Reads such lines. */
export function readFlags(text: string): HelpFlag[] {
  const line = /^ +(?:-(?<short>\w), )? *--(?<long>[\w-]+)(?: (?<type>\w+))? {2,}\S/gm;
  return Array.from(text.matchAll(line), ({ groups = {} }) => ({
    long: `--${groups.long}`,
    short: groups.short === undefined ? undefined : `-${groups.short}`,
    hasValue: groups.type !== undefined,
  }));
}

export const readBuildxFlags = (): HelpFlag[] => readFlags(readFileSync(buildxHelpFile, "utf8"));
