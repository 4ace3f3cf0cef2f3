import { readlinkSync } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { tarDigest } from "./lifecycle-tar.ts";
import { type TarEntry, tarHeader } from "./tar-header.ts";
import type { TarItem } from "./tar-stream.ts";
import { inodeKey, kindOf, modeOf, mtimeSecondsAt, type TreeEntry, walkTree } from "./walk.ts";

/**
 * diffID of the layer that BuildKit makes of a tree, as `sha256:…`. In: the directory that stands for `/`; every entry
 * below it counts with the owner, mode and time that it has on disk; sockets do not count. `onDevice` hears of devices,
 * whose layer is not known. Throws node's error where something cannot be read.
 * Rules as measured on BuildKit (ARCHITECTURE.md, "Layer digests").
 */
export function layerDigest(root: ByteString, onDevice: (name: ByteString) => void): string {
  return tarDigest(layerItems(root, onDevice));
}

/** Relative names, directories that end in `/`, hard links by the first name. The root itself has no entry. */
function* layerItems(root: ByteString, onDevice: (name: ByteString) => void): Generator<TarItem> {
  const firstNames = new Map<string, ByteString>();
  for (const entry of walkTree(root, "")) {
    if (entry.name === "") continue;
    const item = layerItem(entry, firstNames, onDevice);
    if (item !== undefined) yield item;
  }
}

/** Undefined: the layer has no such entry. */
function layerItem(
  { path, name: absolute, stats }: TreeEntry,
  firstNames: Map<string, ByteString>,
  onDevice: (name: ByteString) => void,
): TarItem | undefined {
  const kind = kindOf(stats);
  const { uid, gid } = stats;
  const name = absolute.slice(1);
  const plain = {
    name,
    mode: modeOf(stats),
    uid,
    gid,
    size: 0,
    mtimeSeconds: mtimeSecondsAt(path),
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
