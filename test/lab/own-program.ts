import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { go } from "./go.ts";
import { checkout } from "./paths.ts";
import { recipeHash, treeHash } from "./recipe.ts";
import type { Architecture } from "./tool-list.ts";

/** Where our Go programs have their sources: modules that need the standard library alone. */
export function ownSource(name: string): string {
  return join(checkout, "test/lab", name);
}

/**
 * Path of a program of ours, built once for each source; it needs no library at run time. In: its folder in `test/lab`, what it
 * is called while it is built, and what it runs on; absent: this machine.
 */
export async function makeOwnProgram(
  name: string,
  title: string,
  architecture?: Architecture,
): Promise<string> {
  const cwd = ownSource(name);
  const recipe = recipeHash(await treeHash(cwd));
  const target = architecture === undefined ? "" : `${architecture}-`;
  return cachedFile(`${name}/${name}-${target}${recipe}`, title, async (path) => {
    await go(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "."], {
      cwd,
      env: {
        ...{ CGO_ENABLED: "0", GOFLAGS: "", GOPROXY: "off" },
        ...(architecture === undefined ? {} : { GOOS: "linux", GOARCH: architecture }),
      },
    });
  });
}
