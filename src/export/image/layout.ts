import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { epochSeconds } from "../../contract/epoch.ts";
import type { Owner } from "../../contract/owner.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import { kindOf, OddEntryError } from "../../layer/walk.ts";
import { type CopyTotals, copyTree, sameMode } from "../copy-tree.ts";
import { reportLeftOut } from "../left-out.ts";
import type { LayerPlan } from "./image-layers.ts";

/**
 * Lays a layer out below `tree`, with full paths, the owner it has in the image and the time 1980-01-01T00:00:01Z, so
 * that copying the tree to `/` gives the same digest every time. Throws node's error where a file is unreadable.
 */
export function layOut(
  { layer, entries, files = [], links = [] }: LayerPlan,
  tree: ByteString,
  report: Report,
): CopyTotals {
  const totals = copyTree(entries(), tree, {
    owner: layer.user,
    mode: sameMode,
    mtimeSeconds: epochSeconds,
    onLeftOut: ({ name }, kind) => reportLeftOut(textOf(name), kind, report),
  });
  const parents = new ParentDirectories(tree, layer.user);
  let sizeBytes = totals.sizeBytes;
  for (const { from, to, mode } of files) {
    const target = parents.make(to);
    // A link of that name would be written through.
    rmSync(target, { force: true, recursive: true });
    copyFileSync(bytesOf(from), target);
    sizeBytes += statSync(target).size;
    finish(target, layer.user, mode);
  }
  for (const { path, target } of links) {
    const link = parents.make(path);
    symlinkSync(bytesOf(target), link);
    finish(link, layer.user);
  }
  parents.resetTimes();
  return { files: totals.files + files.length + links.length, sizeBytes };
}

/** Makes the empty trees that a Dockerfile copies from: COPY fails where there is nothing. */
export function makeTrees(output: ByteString, names: readonly string[]): void {
  mkdirSync(bytesOf(output), { recursive: true });
  for (const name of names) {
    const tree = bytesOf(`${output}/${name}`);
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(tree);
    finish(tree, { uid: 0, gid: 0 }, 0o755);
  }
}

/** The directories above files that are put into a tree: 0755 where they are new. */
class ParentDirectories {
  readonly #tree: ByteString;
  readonly #owner: Owner;
  readonly #seen = new Set<ByteString>();

  constructor(tree: ByteString, owner: Owner) {
    this.#tree = tree;
    this.#owner = owner;
  }

  /**
   * Makes what is missing above `path`; out: where `path` itself goes. Throws OddEntryError where a directory above it is a
   * link that came with the entries: what is put below it would go anywhere.
   */
  make(path: ByteString): Buffer {
    const parts = path.split("/").slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const directory = `${this.#tree}/${parts.slice(0, depth).join("/")}`;
      if (this.#seen.has(directory)) continue;
      this.#seen.add(directory);
      const stats = lstatSync(bytesOf(directory), { throwIfNoEntry: false });
      if (stats === undefined) {
        mkdirSync(bytesOf(directory));
        finish(bytesOf(directory), this.#owner, 0o755);
      } else if (!stats.isDirectory()) {
        throw new OddEntryError(`/${parts.slice(0, depth).join("/")}`, kindOf(stats), "directory");
      }
    }
    return bytesOf(`${this.#tree}${path}`);
  }

  /** Last: putting a file into a directory changes its time. */
  resetTimes(): void {
    for (const directory of [this.#tree, ...this.#seen])
      lutimesSync(bytesOf(directory), epochSeconds, epochSeconds);
  }
}

/** Owner before mode: a change of owner clears setuid and setgid. No mode: a symlink. */
function finish(path: Buffer, owner: Owner, mode?: number): void {
  lchownSync(path, owner.uid, owner.gid);
  if (mode !== undefined) chmodSync(path, mode);
  lutimesSync(path, epochSeconds, epochSeconds);
}
