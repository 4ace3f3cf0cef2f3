import { join } from "node:path";
import { execa } from "execa";
import { cachedFile } from "./cached-file.ts";
import { checkout } from "./paths.ts";
import { recipeHash, treeHash } from "./recipe.ts";
import type { Architecture } from "./tool-list.ts";

/** Our Go program that renames and does nothing else; a module that needs the standard library alone. */
const source = join(checkout, "test/lab/moves");

/** Path of the built program, which needs no library at run time. */
export async function makeMoves(architecture: Architecture): Promise<string> {
  const recipe = recipeHash(await treeHash(source));
  return cachedFile(`moves/moves-${architecture}-${recipe}`, "the program that renames", async (path) => {
    await execa("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "."], {
      cwd: source,
      env: { CGO_ENABLED: "0", GOARCH: architecture, GOWORK: "off", GOFLAGS: "", GOPROXY: "off" },
    });
  });
}
