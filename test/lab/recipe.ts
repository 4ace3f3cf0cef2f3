import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** Twelve hex digits that change when any part does; parts cannot run into one another. */
export function recipeHash(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

/** Hash of a file or of a tree: names, permission bits, contents, link targets. Times and owners do not count. */
export async function treeHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of (await walk(path, ".")).sort()) {
    const full = join(path, entry);
    const info = await lstat(full);
    hash.update(JSON.stringify([entry, info.mode]));
    if (info.isSymbolicLink()) hash.update(await readlink(full));
    else if (info.isFile()) hash.update(await readFile(full));
  }
  return hash.digest("hex");
}

async function walk(root: string, at: string): Promise<string[]> {
  const info = await lstat(join(root, at));
  if (!info.isDirectory()) return [at];
  const below = await Promise.all((await readdir(join(root, at))).map((name) => walk(root, join(at, name))));
  return [at, ...below.flat()];
}
