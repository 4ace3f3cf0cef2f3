import { existsSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";
import { packTree } from "./pack-tree.ts";
import { recipeHash } from "./recipe.ts";

/** Raise when the steps change, so that cached archives are made anew. */
const recipeVersion = "1";

/**
 * Programs and libraries of Debian packages as vendors of runtimes lay them out, in the shared cache: a .tar.gz with
 * `bin` and `lib`, shared libraries directly below `lib`. Nothing is installed.
 */
export function debianTree(name: string, packages: readonly string[]): Promise<string> {
  const file = `debian/${name}-${recipeHash(recipeVersion, ...packages)}.tar.gz`;
  return cachedFile(file, `${name} out of Debian packages`, async (output) => {
    const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-deb-"));
    try {
      await download(packages, workshop);
      await execaOnMachine("sh", ["-c", 'for deb in *.deb; do dpkg-deb --extract "$deb" tree; done'], {
        cwd: workshop,
      });
      await packTree(await layOut(join(workshop, "tree")), output);
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  });
}

async function download(packages: readonly string[], directory: string): Promise<void> {
  const get = () => execaOnMachine("apt-get", ["download", "-q", ...packages], { cwd: directory });
  // A machine that never asked has no package lists.
  await get().catch(async () => {
    await execaOnMachine("apt-get", ["update", "-q"]);
    await get();
  });
}

async function layOut(tree: string): Promise<string> {
  const top = join(tree, "usr");
  // Where some packages still have their libraries.
  if (existsSync(join(tree, "lib"))) await cp(join(tree, "lib"), join(top, "lib"), copying);
  const libraries = join(top, "lib/x86_64-linux-gnu");
  if (existsSync(libraries)) await cp(libraries, join(top, "lib"), copying);
  await rm(libraries, { recursive: true, force: true });
  // Those of PHP are in `share`; of that, nothing else is wanted.
  if (existsSync(join(top, "share/php"))) await rename(join(top, "share/php"), join(top, "php"));
  await rm(join(top, "share"), { recursive: true, force: true });
  return top;
}

const copying = { recursive: true, verbatimSymlinks: true } as const;
