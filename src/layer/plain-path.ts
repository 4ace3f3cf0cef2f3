import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { kindOf, OddEntryError } from "./walk.ts";

/** A file is larger than what may be read of it at once. */
export class LargeFileError extends Error {
  readonly path: ByteString;
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(path: ByteString, sizeBytes: number, limitBytes: number) {
    super(`${path} has ${sizeBytes} bytes, more than ${limitBytes}`);
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/**
 * What is at the absolute `path` below `root`, which stands for `/`. No link is followed, neither at its end nor above
 * it: whoever filled the tree could lead a reader with more rights anywhere. Undefined: there is nothing.
 * Throws OddEntryError where something above it is no directory.
 */
export function plainStats(root: ByteString, path: ByteString): Stats | undefined {
  const parts = path.split("/").slice(1);
  for (let depth = 1; depth < parts.length; depth += 1) {
    if (!isPlainDirectory(root, parts.slice(0, depth))) return undefined;
  }
  return lstatSync(bytesOf(inside(root, parts)), { throwIfNoEntry: false });
}

/** Whether there is a directory, seen as `plainStats` sees it. Throws OddEntryError where there is anything else. */
export function hasPlainDirectory(root: ByteString, path: ByteString): boolean {
  const stats = plainStats(root, path);
  if (stats !== undefined && !stats.isDirectory()) {
    throw new OddEntryError(inside(root, path.split("/").slice(1)), kindOf(stats), "directory");
  }
  return stats !== undefined;
}

/**
 * The content of a regular file, found as `plainStats` finds it. Undefined: there is nothing. Never waits, as for whoever
 * writes to a FIFO. Throws OddEntryError, LargeFileError, or node's error.
 */
export function readPlainFile(root: ByteString, path: ByteString, limitBytes: number): Buffer | undefined {
  const stats = plainStats(root, path);
  if (stats === undefined) return undefined;
  const place = inside(root, path.split("/").slice(1));
  if (!stats.isFile()) throw new OddEntryError(place, kindOf(stats), "file");
  const file = openPlainFile(place);
  try {
    const { size } = fstatSync(file);
    if (size > limitBytes) throw new LargeFileError(place, size, limitBytes);
    const content = Buffer.alloc(size);
    return content.subarray(0, readFully(file, content));
  } finally {
    closeSync(file);
  }
}

/** Opens a regular file to read it; neither follows a link of that name nor waits. Throws OddEntryError, node's error. */
export function openPlainFile(path: ByteString): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(bytesOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stats = fstatSync(file);
  if (stats.isFile()) return file;
  closeSync(file);
  throw new OddEntryError(path, kindOf(stats), "file");
}

/** Fills `target` from where an open file stands, as far as the file goes; out: how many bytes. */
export function readFully(file: number, target: Buffer): number {
  let filled = 0;
  while (filled < target.length) {
    const read = readSync(file, target, filled, target.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

function isPlainDirectory(root: ByteString, parts: readonly ByteString[]): boolean {
  const path = inside(root, parts);
  const stats = lstatSync(bytesOf(path), { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) throw new OddEntryError(path, kindOf(stats), "directory");
  return stats !== undefined;
}

function inside(root: ByteString, parts: readonly ByteString[]): ByteString {
  return `${root === "/" ? "" : root}/${parts.join("/")}`;
}
