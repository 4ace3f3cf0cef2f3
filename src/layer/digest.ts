import { readlinkSync } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { tarDigest } from "./lifecycle-tar.ts";
import { tarHeader } from "./tar-header.ts";
import type { TarItem } from "./tar-stream.ts";
import { inodeKey, kindOf, modeOf, type TreeEntry, walkTree } from "./walk.ts";

/**
 * diffID of the layer that BuildKit makes of a tree, as `sha256:…`. In: the directory that stands for `/`; every entry
 * below it counts with the owner, mode and time that it has on disk. Throws when the tree holds a socket or a device.
 * Rules as measured on BuildKit (ARCHITECTURE.md, "Layer digests").
 */
export function layerDigest(root: ByteString): string {
  return tarDigest(layerItems(root));
}

/** Relative names, directories that end in `/`, hard links by the first name. The root itself has no entry. */
function* layerItems(root: ByteString): Generator<TarItem> {
  const firstNames = new Map<string, ByteString>();
  for (const entry of walkTree(root, "")) {
    if (entry.name !== "") yield layerItem(entry, firstNames);
  }
}

function layerItem(entry: TreeEntry, firstNames: Map<string, ByteString>): TarItem {
  const { uid, gid, mtimeMs } = entry.stats;
  const common = { uid, gid, mtimeSeconds: Math.floor(mtimeMs / 1000), size: 0, link: "" };
  const name = entry.name.slice(1);
  const mode = modeOf(entry.stats);
  const kind = kindOf(entry.stats);
  switch (kind) {
    case "directory":
      return { header: tarHeader({ ...common, name: `${name}/`, kind, mode }) };
    case "symlink": {
      const link = readlinkSync(bytesOf(entry.path), { encoding: "latin1" });
      return { header: tarHeader({ ...common, name, kind, mode: 0o777, link }) };
    }
    case "fifo":
      return { header: tarHeader({ ...common, name, kind, mode }) };
    case "file": {
      const inode = entry.stats.nlink > 1 ? inodeKey(entry.path) : undefined;
      const first = inode === undefined ? undefined : firstNames.get(inode);
      if (first !== undefined)
        return { header: tarHeader({ ...common, name, kind: "hardlink", mode, link: first }) };
      if (inode !== undefined) firstNames.set(inode, name);
      const sizeBytes = entry.stats.size;
      const header = tarHeader({ ...common, name, kind, mode, size: sizeBytes });
      return { header, content: { path: entry.path, sizeBytes } };
    }
    case "socket":
    case "device":
      throw new Error(`${entry.name} is a ${kind}: its layer's digest is not known`);
  }
}
