import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ArchiveError } from "../../archive/archive-error.ts";
import { ArchiveFile } from "../../archive/archive-file.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { isOwn } from "../../private/is-own.ts";
import { ownDirectory } from "../../private/own-directory.ts";
import { ownPlace } from "../../private/own-place.ts";
import { placeReason } from "../../private/place-reason.ts";
import type { Archive, Release } from "./program-list.ts";

const unfinished = "unfinished-";
/** No unpacking takes as long; what is older was left by one that was killed. */
const unfinishedMs = 60 * 60_000;

/**
 * The directory of a release's programs. Undefined: they have not been kept yet, or another user could have changed them;
 * then they are gone, and a warning says so. Throws CompileError.
 */
export function keptPrograms(release: Release, archive: Archive, report: Report): string | undefined {
  try {
    const directory = directoryOf(release, archive, report);
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return undefined;
    const programs = Object.keys(release.members).map((name) => join(directory, name));
    const foreign = isOwn(directory, "directory")
      ? programs.find((program) => !isOwn(program, "file"))
      : directory;
    if (foreign === undefined) return directory;
    report(diagnose("engines/foreign-program", { path: foreign }, { file: foreign }));
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  } catch (error) {
    throw noRoom(error, programDirectory());
  }
}

/**
 * Unpacks the programs of an archive, whose checksum has been found right, to where they are kept; under another name
 * first, so that there are all of them or none. Throws CompileError where the archive lacks one, or there is no room.
 */
export async function keepPrograms(
  file: FileHandle,
  release: Release,
  archive: Archive,
  report: Report,
): Promise<string> {
  try {
    const directory = directoryOf(release, archive, report);
    removeLeftovers(dirname(directory));
    const workshop = makeWorkshop(report);
    try {
      await unpack(file, release, workshop);
      move(workshop, directory);
    } finally {
      rmSync(workshop, { recursive: true, force: true });
    }
    return directory;
  } catch (error) {
    throw explain(error, archive);
  }
}

/** Makes a directory that is renamed or removed when the work in it is done. */
export function makeWorkshop(report: Report): string {
  return mkdtempSync(join(ownPlace("cache", "programs", report), unfinished));
}

async function unpack(file: FileHandle, { members }: Release, directory: string): Promise<void> {
  const wanted = new Map(Object.entries(members).map(([program, path]) => [path, program]));
  for await (const { name, kind, content } of (await ArchiveFile.open(file)).members()) {
    const program = wanted.get(name);
    if (program === undefined || kind !== "file") continue;
    await pipeline(content(), createWriteStream(join(directory, program), { mode: 0o755 }));
    wanted.delete(name);
  }
  if (wanted.size > 0) throw new ArchiveError(`it has no ${[...wanted.keys()].join(", ")}`);
}

/** Another process may have been faster; its programs are the same. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const age = name.startsWith(unfinished)
      ? Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
      : 0;
    if (age > unfinishedMs) rmSync(path, { recursive: true, force: true });
  }
}

function explain(error: unknown, { url }: Archive): unknown {
  if (error instanceof ArchiveError) {
    const values = { place: url, reason: error.message };
    return new CompileError([diagnose("engines/bad-archive", values, { file: url })], { cause: error });
  }
  return noRoom(error, programDirectory());
}

/** The message for what the disk says; any other error is handed back. */
export function noRoom(error: unknown, directory: string): unknown {
  const reason = placeReason(error);
  if (reason === undefined) return error;
  const values = { directory, reason };
  return new CompileError([diagnose("engines/no-room", values, { file: directory })], { cause: error });
}

/** With the checksum, so that a list of one's own never meets what another has left. */
function directoryOf({ name, version }: Release, { sha256 }: Archive, report: Report): string {
  return join(ownPlace("cache", "programs", report), `${name}-${version}-${sha256.slice(0, 12)}`);
}

/** As messages name it. */
export function programDirectory(): string {
  return join(ownDirectory("cache"), "programs");
}
