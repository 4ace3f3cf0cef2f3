import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, type Stats, writeFileSync } from "node:fs";
import { changesFile, formatLayerChanges, type LayerChanges } from "../../contract/layer-changes.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { entryAt, modeOf, mtimeSecondsAt, walkTree } from "../../layer/walk.ts";

interface ChangesRequest {
  /** Directory with a file system for each number from 0: before the instructions, and after each of them. */
  readonly states: ByteString;
  /** Directory with what each instruction added and changed, by numbers from 1. */
  readonly differences: ByteString;
  /** Directory to write into. */
  readonly to: ByteString;
  /** How many instructions there are. */
  readonly count: number;
}

/** What one instruction did, seen from the root of a file system. */
interface Change {
  readonly isEmpty: boolean;
  readonly deleted: readonly ByteString[];
  /** Directories that were there before and still are, and whose times are others, from the top. */
  readonly touched: readonly ByteString[];
}

/**
 * Writes down what a copy of an instruction's files cannot bring along: what the instruction deleted, and which directories it touched. Throws
 * CompileError `export/odd-name` for a deleted name that is not UTF-8: BuildKit takes no other. Throws node's error.
 */
export function writeChanges({ states, differences, to, count }: ChangesRequest): LayerChanges {
  const changes = Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const change = changeBetween(`${states}/${index}`, `${states}/${number}`, `${differences}/${number}`);
    writeTouched(`${states}/${number}`, change.touched, `${to}/${number}`);
    return { isEmpty: change.isEmpty, deleted: change.deleted.map(pathText) };
  });
  writeFileSync(bytesOf(`${to}${changesFile}`), formatLayerChanges(changes));
  return changes;
}

function changeBetween(before: ByteString, after: ByteString, difference: ByteString): Change {
  const deleted: ByteString[] = [];
  const touched: ByteString[] = [];
  const pending: ByteString[] = [""];
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    const names = new Set(namesIn(`${after}${path}`));
    const old = namesIn(`${before}${path}`);
    const gone = old.filter((name) => !names.has(name)).map((name) => `${path}/${name}`);
    deleted.push(...gone);
    if (path !== "" && (gone.length > 0 || isTouched(`${before}${path}`, `${after}${path}`)))
      touched.push(path);
    for (const name of old.filter((one) => names.has(one))) {
      const place = `${path}/${name}`;
      const [was, is] = [before, after].map((root) => lstatSync(bytesOf(`${root}${place}`)));
      if (was?.isDirectory() && is?.isDirectory()) {
        // BuildKit names each directory in which something changed.
        if (lstatSync(bytesOf(`${difference}${place}`), { throwIfNoEntry: false }) !== undefined)
          pending.push(place);
      }
      // A copy does not put one kind of thing in the place of another.
      else if (was !== undefined && is !== undefined && typeOf(was) !== typeOf(is)) deleted.push(place);
    }
  }
  return { isEmpty: deleted.length === 0 && !hasNews(before, difference), deleted, touched };
}

function namesIn(directory: ByteString): ByteString[] {
  return readdirSync(bytesOf(directory), { encoding: "latin1" }).sort();
}

function isTouched(before: ByteString, after: ByteString): boolean {
  return (
    mtimeSecondsAt(before) !== mtimeSecondsAt(after) ||
    !isAlike(lstatSync(bytesOf(before)), lstatSync(bytesOf(after)))
  );
}

/** Of two directories: whether they differ in times and contents alone. */
function isAlike(one: Stats, other: Stats): boolean {
  return one.uid === other.uid && one.gid === other.gid && modeOf(one) === modeOf(other);
}

/** File type of a mode. Source: inode(7), `S_IFMT`. */
function typeOf({ mode }: Stats): number {
  return mode & 0o170000;
}

/** Whether there is more in what an instruction changed than directories that were there before. */
function hasNews(before: ByteString, difference: ByteString): boolean {
  for (const { name, stats } of walkTree(difference, "")) {
    if (name === "") continue;
    const old = lstatSync(bytesOf(`${before}${name}`), { throwIfNoEntry: false });
    if (old === undefined || !stats.isDirectory() || !old.isDirectory() || !isAlike(old, stats)) return true;
  }
  return false;
}

/** Empty directories with the owners and modes that they have, to be copied onto the real ones, for the sake of their times. */
function writeTouched(root: ByteString, touched: readonly ByteString[], to: ByteString): void {
  mkdirSync(bytesOf(to), { recursive: true });
  for (const path of touched) {
    const parts = path.split("/").slice(1);
    for (const [index] of parts.entries()) {
      const directory = `/${parts.slice(0, index + 1).join("/")}`;
      const target = bytesOf(`${to}${directory}`);
      if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
      const { stats } = entryAt(`${root}${directory}`, directory);
      mkdirSync(target);
      chownSync(target, stats.uid, stats.gid);
      chmodSync(target, modeOf(stats));
    }
  }
}

function pathText(path: ByteString): string {
  const text = textOf(path);
  if (byteStringOf(text) === path) return text;
  throw new CompileError([diagnose("export/odd-name", { path: text }, { file: text })]);
}
