import { join } from "node:path";
import { execa } from "execa";
import { cachedFile } from "./cached-file.ts";
import { checkout } from "./paths.ts";
import { recipeHash, treeHash } from "./recipe.ts";
import type { Architecture } from "./tool-list.ts";

/** Its source: a Go module that needs the standard library alone. */
export const probeSource = join(checkout, "test/lab/probe");

/** The program that stands where a builder's lifecycle would and tells how it was called; built once for each source. */
export async function probeProgram(architecture: Architecture): Promise<string> {
  const recipe = recipeHash(await treeHash(probeSource));
  return cachedFile(`probe/probe-${architecture}-${recipe}`, "the probe", async (output) => {
    await execa("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, "."], {
      cwd: probeSource,
      env: {
        CGO_ENABLED: "0",
        GOOS: "linux",
        GOARCH: architecture,
        GOWORK: "off",
        GOFLAGS: "",
        GOPROXY: "off",
      },
    });
  });
}
