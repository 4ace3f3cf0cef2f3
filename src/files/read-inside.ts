import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Followed, followLinks } from "./follow-links.ts";
import { isBelow } from "./is-below.ts";

/** A path leads to where nothing may be read. */
export class LeadsOutside extends Error {
  /** Where it leads. */
  readonly target: string;

  constructor(target: string) {
    super(`it points to ${target}`);
    this.target = target;
  }
}

/** A file holds more than it may. */
export class FileTooLarge extends Error {
  /** At least. */
  readonly sizeBytes: number;

  constructor(sizeBytes: number) {
    super("it is too large");
    this.sizeBytes = sizeBytes;
  }
}

interface ReadRules {
  /** Directory that nothing outside of is read, without links. Absent: the user named the file, which may be any. */
  readonly border?: string;
  readonly limitBytes: number;
}

/**
 * Bytes of a regular file. Throws LeadsOutside, FileTooLarge, or the system's fault; other kinds of file are one, too.
 * What is checked is what was opened: a link that takes a file's place meanwhile changes nothing.
 */
export function readInside(path: string, { border, limitBytes }: ReadRules): Buffer {
  const place = placeToOpen(path, border);
  const fd = openSync(place, openFlags(border));
  try {
    checkOpened(fd, place, border);
    return readAll(fd, limitBytes);
  } finally {
    closeSync(fd);
  }
}

/** Opens a regular file with the same care. Throws LeadsOutside or the system's fault. */
export async function openInside(path: string, border: string): Promise<FileHandle> {
  const place = placeToOpen(path, border);
  const file = await open(place, openFlags(border));
  try {
    checkOpened(file.fd, place, border);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where a path leads, unless that is outside of the border: then LeadsOutside is thrown, whether something is there or not. */
export function findInside(path: string, border: string): Followed {
  const found = followLinks(path);
  if (!isBelow(found.path, border)) throw new LeadsOutside(found.path);
  return found;
}

function placeToOpen(path: string, border: string | undefined): string {
  const found = border === undefined ? { path, stats: statSync(path) } : findInside(path, border);
  if (found.stats === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
  requireRegular(found.stats);
  return found.path;
}

/** A pipe that takes a file's place would be waited for without an end. */
function openFlags(border: string | undefined): number {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0, O_NOFOLLOW = 0 } = constants;
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | (border === undefined ? 0 : O_NOFOLLOW);
}

function checkOpened(fd: number, place: string, border: string | undefined): void {
  requireRegular(fstatSync(fd));
  if (border === undefined) return;
  const opened = placeOf(fd, place);
  if (!isBelow(opened, border)) throw new LeadsOutside(opened);
}

function requireRegular(stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
  throw new Error("it is not a regular file");
}

/** Where the file lies that was opened. In: where it lay before. */
function placeOf(fd: number, path: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "");
  } catch {
    // Without /proc: the same file is still there, and no link is on the way.
    const now = followLinks(path);
    const { dev, ino } = fstatSync(fd);
    const there = lstatSync(now.path, { throwIfNoEntry: false });
    return there?.dev === dev && there.ino === ino ? now.path : "/";
  }
}

/** Counted while it is read: what the system says of a file's size need not be true. */
function readAll(fd: number, limitBytes: number): Buffer {
  const { size } = fstatSync(fd);
  if (size > limitBytes) throw new FileTooLarge(size);
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(64 * 1024);
    const count = readSync(fd, piece, 0, piece.length, null);
    if (count === 0) return Buffer.concat(pieces);
    sizeBytes += count;
    if (sizeBytes > limitBytes) throw new FileTooLarge(sizeBytes);
    pieces.push(piece.subarray(0, count));
  }
}
