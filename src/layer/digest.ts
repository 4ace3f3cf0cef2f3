import { readlinkSync } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { epochSeconds, type Owner, tarDigest } from "./lifecycle-tar.ts";
import { tarHeader } from "./tar-header.ts";
import type { TarItem } from "./tar-stream.ts";
import { below, inodeKey, kindOf, modeOf, type TreeEntry, walkTree } from "./walk.ts";

export interface CopiedTree {
  /** Stands for `/`. */
  readonly root: ByteString;
  /** Absolute path of the tree, below `root` as in the image; `/`: all of `root`, without an entry for it. */
  readonly path: ByteString;
  readonly owner: Owner;
  /** Default: 1980-01-01T00:00:01Z. */
  readonly mtimeSeconds?: number;
}

/**
 * diffID of the layer that BuildKit makes when it copies the tree onto scratch with an owner and a time, as
 * `sha256:…`. Throws when the tree holds a socket or a device. Rules as measured on BuildKit (ARCHITECTURE.md, "Layer digests").
 */
export function copiedTreeDigest(tree: CopiedTree): string {
  return tarDigest(copiedTreeItems(tree));
}

/** Relative names, directories that end in `/`, hard links by the first name; parents are 0755. */
function* copiedTreeItems({
  root,
  path,
  owner,
  mtimeSeconds = epochSeconds,
}: CopiedTree): Generator<TarItem> {
  const common = { ...owner, mtimeSeconds, size: 0, link: "" };
  const segments = path.split("/").slice(1);
  for (let depth = 1; depth < segments.length; depth += 1) {
    const name = `${segments.slice(0, depth).join("/")}/`;
    yield { header: tarHeader({ ...common, name, kind: "directory", mode: 0o755 }) };
  }
  const firstNames = new Map<string, ByteString>();
  const start = path === "/" ? "" : path;
  for (const entry of walkTree(below(root, start), start)) {
    if (entry.name !== "") yield copiedItem(entry, common, firstNames);
  }
}

function copiedItem(
  entry: TreeEntry,
  common: Owner & { readonly mtimeSeconds: number; readonly size: number; readonly link: ByteString },
  firstNames: Map<string, ByteString>,
): TarItem {
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
