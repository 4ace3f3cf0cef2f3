import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { NotPrivate } from "./not-private.ts";
import { knowsUsers, requireOwn } from "./trust.ts";

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR } = constants;
/** Windows has neither. */
const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file that nobody else can change, to append to it and to read it; makes it, for us alone. Out: its descriptor.
 * Throws NotPrivate for a link, for a file of another user's, and for what is no file; else Node's error.
 */
export function openPrivateFile(path: string): number {
  return open(path, O_RDWR | O_APPEND | O_CREAT);
}

/**
 * Makes a file for us alone, whole, where there is none of its name. Out: whether there was none; of several that make it at
 * once, one does. Throws Node's error.
 */
export function createPrivateFile(path: string, content: string): boolean {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content, { flag: "wx", mode: 0o600 });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes a file for us alone, whole, in the place of whatever has its name: a link is not followed. Throws Node's error. */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content, { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Text of such a file. Throws as `openPrivateFile` does. */
export function readPrivateFile(path: string): string {
  const file = open(path, O_RDONLY);
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function open(path: string, flags: number): number {
  let file: number;
  try {
    file = openSync(path, flags | careful, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") throw new NotPrivate(`${path} is a symbolic link`);
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new NotPrivate(`${path} is not a regular file`);
    if (knowsUsers()) requireOwn(path, stats);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}
