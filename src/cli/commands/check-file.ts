import { join } from "node:path";
import type { CompileResult } from "../../compile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { readDockerfile } from "../../dockerfile/read/read-dockerfile.ts";
import { shellWord } from "../../dockerfile/write/quote.ts";
import { borderOf, namedBy, readBorder } from "../../files/border.ts";
import { readOrExplain, unreadable } from "../../files/text-file.ts";
import { compileFile } from "../build/compile-detected.ts";
import { warnOfDetectionFlags } from "../build/run-detection.ts";
import { exitOf } from "../exit-code.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { parseRecorded } from "../program.ts";
import { accessFrom, openProject } from "../project/compile-project.ts";
import { buildpackFlags, buildpackLists, withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { isIgnoreFileCurrent } from "../project/output.ts";
import { pinnedImages } from "../project/pinned-images.ts";
import type { Project } from "../project/project.ts";
import type { Terminal } from "../terminal.ts";

interface CheckedFile extends Asked<GenerateFlags> {
  /** Secrets for a detection. */
  readonly offered: readonly string[];
  readonly file: string;
}

/**
 * `generate --check FILE`: makes the file again from what it says of itself, at the digests it names, and compares.
 * Flags that were given count before recorded ones; variables of this machine do not count.
 * Out: the exit code. Throws CompileError when the two differ.
 */
export async function checkFile(
  path: string,
  { flags, defaults, offered, file }: CheckedFile,
  terminal: Terminal,
): Promise<number> {
  const found = readOrExplain(file, namedBy("--check", file, readBorder(path, flags.root)));
  if (found === undefined) throw unreadable(file, { code: "ENOENT" });
  const text = found.replaceAll("\r\n", "\n");
  const dockerfile = readDockerfile(text);
  const earlier = dockerfile.from;
  const recorded = earlier && parseRecorded(earlier.arguments);
  if (earlier === undefined || recorded === undefined) {
    throw new CompileError([diagnose("cli/check-not-generated", { path: file }, { file })]);
  }
  // A recorded descriptor is named from the project's directory, one on the command line from here. What a file records
  // is no wish of the user's: it reaches as far as the project does.
  const descriptor = recorded.descriptor && join(path, recorded.descriptor);
  const project = openProject(path, flags, terminal, descriptor);
  requireRecordedIndex(file, recorded, flags, project);
  // `--syntax` has a default, so it is never absent: a recorded one counts unless another was given.
  const given = flags.syntax === "none" ? { ...flags, syntax: recorded.syntax ?? "none" } : flags;
  const access = accessFrom(flags, terminal, project);
  const pinned = { ...access, images: pinnedImages(access.images, dockerfile) };
  const lists = buildpackLists.filter((name) => given[name] === undefined);
  const all = { ...recorded, ...given };
  if (all.detected !== true) warnOfDetectionFlags(flags, "--detected", terminal, offered);
  const named = withLocalBuildpacks(all, project, { recorded: { file, lists } });
  const asked = { flags: all, defaults };
  const { cacheId: earlierCacheId } = earlier;
  const compilation = { path, project, asked, offered, named, earlierCacheId, access: pinned };
  const result = await compileFile(compilation, terminal);
  if (typeof result === "string") return exitOf(result);
  const made = result.files.dockerfile;
  if (made === text && found !== text) {
    throw new CompileError([diagnose("cli/line-ends", { path: file }, { file })]);
  }
  const command = regenerate(path, file, result);
  if (made !== text) {
    const { createTwoFilesPatch } = await import("diff");
    terminal.showDiff(createTwoFilesPatch(file, `${file} (regenerated)`, text, made));
    throw new CompileError([diagnose("cli/stale", { path: file, command }, { file })]);
  }
  if (!isIgnoreFileCurrent(file, project, result.files)) {
    const stale = `${file}.dockerignore`;
    throw new CompileError([diagnose("cli/stale", { path: stale, command }, { file: stale })]);
  }
  terminal.showDiff("");
  terminal.conclude([]);
  return 0;
}

/** A registry index in a directory of this machine is read where the user names it, or where it is the project's own. */
function requireRecordedIndex(
  file: string,
  { buildpackRegistry: value }: GenerateFlags,
  given: GenerateFlags,
  { border }: Project,
): void {
  if (value === undefined || given.buildpackRegistry !== undefined || /^https?:/i.test(value)) return;
  const path = value.startsWith("file:") ? undefined : value;
  if (path !== undefined && borderOf(path, border) !== undefined) return;
  const values = { file, flag: "--buildpack-registry", value };
  throw new CompileError([diagnose("files/recorded-place", values, { file })]);
}

/** Recorded flags that name a path from the project's directory: a buildpack's where it cannot be anything else. */
const seenFromProject = new RegExp(
  `^(?<flag>--descriptor=|(?:${Object.values(buildpackFlags).join("|")})=(?=\\.{1,2}(?:/|$)))(?<path>.*)$`,
  "s",
);

/** The command that makes the file again, as a POSIX shell takes it. */
function regenerate(path: string, file: string, { plan }: CompileResult): string {
  const words = [
    "cnb-dockerfile",
    "generate",
    ...(path === "." ? [] : [path]),
    ...plan.generator.recorded.map((word) => seenFromHere(word, path)),
    "-o",
    file,
  ];
  return words.map(shellWord).join(" ");
}

function seenFromHere(word: string, project: string): string {
  const { flag, path } = seenFromProject.exec(word)?.groups ?? {};
  if (flag === undefined || path === undefined) return word;
  const joined = join(project, path);
  // Without it, a buildpack's path could be an id.
  return `${flag}${/^[./]/.test(joined) || flag === "--descriptor=" ? joined : `./${joined}`}`;
}
