import { readlinkSync } from "node:fs";
import { epochSeconds } from "../contract/epoch.ts";
import type { Owner } from "../contract/owner.ts";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { measureTar } from "./lifecycle-tar.ts";
import { type TarEntry, tarHeader } from "./tar-header.ts";
import type { TarItem } from "./tar-stream.ts";
import { inodeKey, kindOf, modeOf, mtimeSecondsAt, type TreeEntry, walkTree } from "./walk.ts";

/**
 * diffID of the layer that BuildKit makes of a tree, as `sha256:…`. In: the directory that stands for `/`; every entry
 * below it counts with the owner, mode and time that it has on disk; sockets do not count. `onDevice` hears of devices,
 * whose layer is not known. Throws node's error where something cannot be read.
 * Rules as measured on BuildKit (docs/design/layer-digests.md).
 */
export function layerDigest(root: ByteString, onDevice: (name: ByteString) => void): string {
  return measureLayer(root, onDevice).sha;
}

/** The same with the layer's size, uncompressed. */
export function measureLayer(
  root: ByteString,
  onDevice: (name: ByteString) => void,
): ReturnType<typeof measureTar> {
  return measureTar(layerItems(root, onDevice), () => undefined);
}

/**
 * The same of a copy that BuildKit is to make of `entries`, with an owner and of 1980: their names are absolute, and a directory comes
 * before what it holds. Undefined: something is among them of which a copy is not simply the same. Throws node's error.
 */
export function measureCopy(
  entries: Iterable<TreeEntry>,
  owner: Owner,
): { readonly digest: string; readonly sizeBytes: number } | undefined {
  try {
    const { sha: digest, sizeBytes } = measureTar(copiedItems(entries, owner), () => undefined);
    return { digest, sizeBytes };
  } catch (error) {
    if (error instanceof OddCopyError) return undefined;
    throw error;
  }
}

class OddCopyError extends Error {}

function* copiedItems(entries: Iterable<TreeEntry>, owner: Owner): Generator<TarItem, void, undefined> {
  const firstNames = new Map<string, ByteString>();
  const rules = { firstNames, onDevice: () => undefined, owner, mtimeSeconds: epochSeconds };
  for (const entry of entries) {
    if (entry.name === "") continue;
    const kind = kindOf(entry.stats);
    const isPlain = kind === "directory" || kind === "file" || kind === "symlink";
    // A change of owner takes the bits of setuid and setgid away, and each name of a link becomes a link of its own.
    const isSimple = (modeOf(entry.stats) & 0o6000) === 0 && (kind !== "symlink" || entry.stats.nlink === 1);
    if (!isPlain || !isSimple) throw new OddCopyError();
    const item = layerItem(entry, rules);
    if (item !== undefined) yield item;
  }
}

/** The root itself has no entry. */
function* layerItems(root: ByteString, onDevice: (name: ByteString) => void): Generator<TarItem> {
  const firstNames = new Map<string, ByteString>();
  for (const entry of walkTree(root, "")) {
    if (entry.name === "") continue;
    const item = layerItem(entry, { firstNames, onDevice });
    if (item !== undefined) yield item;
  }
}

/** A directory of a layer, as `layerTree` writes it. */
export interface LayerTree {
  /** Where it is read. */
  readonly path: ByteString;
  /** What it is called, without a slash before it. */
  readonly name: ByteString;
}

/**
 * Directories in BuildKit's format, with all that a layer keeps of them: hard links too, which the lifecycle's format has not.
 * In: the owner of all entries; they are of 1980. `onDevice` hears of what is left out.
 */
export function* layerTrees(
  trees: readonly LayerTree[],
  owner: Owner,
  onDevice: (name: ByteString) => void,
): Generator<TarItem, void, undefined> {
  for (const { path, name } of trees) {
    const firstNames = new Map<string, ByteString>();
    for (const entry of walkTree(path, `/${name}`)) {
      const item = layerItem(entry, { firstNames, onDevice, owner, mtimeSeconds: epochSeconds });
      if (item !== undefined) yield item;
    }
  }
}

interface ItemRules {
  /** Of files with several names, by inode. */
  readonly firstNames: Map<string, ByteString>;
  readonly onDevice: (name: ByteString) => void;
  /** Absent: as on disk. */
  readonly owner?: Owner;
  readonly mtimeSeconds?: number;
}

/** Relative names, directories that end in `/`, hard links by the first name. Undefined: the layer has no such entry. */
function layerItem(
  { path, name: absolute, stats }: TreeEntry,
  { firstNames, onDevice, owner, mtimeSeconds }: ItemRules,
): TarItem | undefined {
  const kind = kindOf(stats);
  const { uid, gid } = owner ?? stats;
  const name = absolute.slice(1);
  const plain = {
    name,
    mode: modeOf(stats),
    uid,
    gid,
    size: 0,
    mtimeSeconds: mtimeSeconds ?? mtimeSecondsAt(path),
    link: "",
  };
  const item = (entry: Pick<TarEntry, "kind"> & Partial<TarEntry>) => ({
    header: tarHeader({ ...plain, ...entry }),
  });
  if (kind === "directory") return item({ kind, name: `${name}/` });
  if (kind === "socket") return undefined;
  if (stats.nlink > 1) {
    const inode = inodeKey(path);
    const link = firstNames.get(inode);
    if (link !== undefined) return item({ kind: "hardlink", link });
    firstNames.set(inode, name);
  }
  switch (kind) {
    case "symlink":
      return item({ kind, link: readlinkSync(bytesOf(path), { encoding: "latin1" }) });
    case "fifo":
      return item({ kind });
    case "file":
      return { ...item({ kind, size: stats.size }), content: { path, sizeBytes: stats.size } };
    case "device":
      onDevice(absolute);
      return undefined;
  }
}
