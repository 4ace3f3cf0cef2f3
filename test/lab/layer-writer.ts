import { join } from "node:path";
import { execa } from "execa";
import { cachedFile } from "./cached-file.ts";
import { checkout } from "./paths.ts";
import { recipeHash, treeHash } from "./recipe.ts";

/** Our Go program that makes trees and writes layers of them; a module that needs the standard library alone. */
const writerSource = join(checkout, "test/lab/layer-writer");

/** Path of the built program, which needs no library at run time. */
export async function makeLayerWriter(): Promise<string> {
  const recipe = recipeHash(await treeHash(writerSource));
  return cachedFile(`layer-writer/layer-writer-${recipe}`, "the layer writer", async (path) => {
    await execa("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "."], {
      cwd: writerSource,
      env: { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "", GOPROXY: "off" },
    });
  });
}
