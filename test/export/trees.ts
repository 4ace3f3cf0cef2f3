import { lchownSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes files (0644, in directories of 0755) below `root`; a path that ends in `/` is an empty directory. */
export function writeTree(root: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, path);
    mkdirSync(path.endsWith("/") ? target : dirname(target), { recursive: true, mode: 0o755 });
    if (!path.endsWith("/")) writeFileSync(target, content, { mode: 0o644 });
  }
}

/** Every path below `root`, sorted, with `→ target` for a symlink and `/` after a directory. */
export function listTree(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => {
      const stats = lstatSync(join(root, path));
      if (stats.isSymbolicLink()) return `${path} → ${readlinkSync(join(root, path))}`;
      return stats.isDirectory() ? `${path}/` : path;
    })
    .sort();
}

/** Gives a tree to an owner (`1001:1000`), links themselves and not what they lead to; root alone can. */
export function chownTree(root: string, owner: string): void {
  const [uid, gid] = owner.split(":").map(Number) as [number, number];
  // Bytes, as not every name is a text.
  const give = (path: Buffer): void => {
    lchownSync(path, uid, gid);
    if (!lstatSync(path).isDirectory()) return;
    for (const name of readdirSync(path, { encoding: "buffer" })) give(Buffer.concat([path, slash, name]));
  };
  give(Buffer.from(root));
}

const slash = Buffer.from("/");

/** Permission bits, in octal. */
export function modeAt(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}
