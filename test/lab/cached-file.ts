import { access, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pid } from "node:process";
import { withLock } from "./lock.ts";
import { cacheDirectory } from "./paths.ts";
import { timed } from "./progress.ts";

/**
 * A file of the cache that all checkouts share, made once. In: a name that holds a hash of its recipe.
 * `make` writes to the path it is given; a killed maker leaves nothing under the real name.
 */
export async function cachedFile(
  name: string,
  what: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const path = join(cacheDirectory, name);
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  await withLock(
    join(cacheDirectory, `${dirname(name)}.lock`),
    `makes ${dirname(name)} for all labs`,
    async () => {
      if (await exists(path)) return;
      const unfinished = `${path}.${pid}.tmp`;
      await timed(what, () => make(unfinished));
      await rename(unfinished, path);
    },
  );
  return path;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
