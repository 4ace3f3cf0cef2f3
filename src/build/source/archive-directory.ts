import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { shellWord } from "../../dockerfile/write/quote.ts";
import { usualFile } from "../file/build-file.ts";

/** Which directory of an archive is built. */
interface DirectoryWish {
  /** As the user names it, below the root; empty: the root; absent: he names none. */
  readonly chosen?: string | undefined;
  /** How messages call the archive. */
  readonly shown: string;
  /** A word of the command that names it, as far as it may be shown. */
  readonly written: string;
  /** Whether the user names the file to build, and so knows the archive's own root. */
  readonly namesFile: boolean;
  readonly report: Report;
  /** Hears what is done with it. */
  readonly tell: (line: string) => void;
}

/** What macOS puts beside the files of a zip. */
const besides = "__MACOSX";

/**
 * Reads `#:DIRECTORY` behind an archive's name, as behind a git URL. Out: the directory, empty for the root. Undefined: there is none.
 * Throws CompileError for one that is no directory's name.
 */
export function readFragment(fragment: string, shown: string): string | undefined {
  if (fragment === "" || fragment === "#") return undefined;
  const refuse = (reason: string) =>
    new CompileError([diagnose("cli/bad-archive-directory", { fragment, reason }, { file: shown })]);
  if (!fragment.startsWith("#:")) throw refuse("an archive has no branches, so a colon comes first");
  const parts = fragment
    .slice(2)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("it points outside the archive");
  if (parts.some((part) => part.includes("\0"))) throw refuse("it has a null character");
  return parts.join("/");
}

/**
 * The directory to build of an unpacked archive: the one that is named, else its root. An archive with one directory around
 * everything, as git servers make it, is built from that directory if only there is a file to build; else a warning says
 * how to. Throws CompileError where the one that is named is not there.
 */
export function chooseDirectory(tree: string, wish: DirectoryWish): string {
  const { chosen, shown, written, namesFile, report, tell } = wish;
  if (chosen !== undefined) {
    let directory = tree;
    for (const part of chosen === "" ? [] : chosen.split("/")) {
      directory = join(directory, part);
      // No link: it would be the archive that chooses.
      if (lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) continue;
      const there = readdirSync(join(directory, "..")).slice(0, 5);
      throw new CompileError([
        diagnose(
          "cli/no-archive-directory",
          { source: shown, directory: chosen, part, there },
          { file: shown },
        ),
      ]);
    }
    return directory;
  }
  if (namesFile || usualFile(tree) !== undefined) return tree;
  const [only, ...others] = readdirSync(tree, { withFileTypes: true }).filter(({ name }) => name !== besides);
  if (only === undefined || others.length > 0 || !only.isDirectory()) return tree;
  const inner = join(tree, only.name);
  if (usualFile(inner) === undefined) {
    const values = { source: shown, directory: only.name, word: shellWord(`${written}#:${only.name}`) };
    report(diagnose("cli/archive-in-directory", values, { file: shown }));
    return tree;
  }
  tell(
    `Source: directory ${only.name} in ${shown}, its only entry. To build the root of the archive, use \`${written}#:.\`.`,
  );
  return inner;
}
