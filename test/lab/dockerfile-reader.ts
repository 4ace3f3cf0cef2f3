import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { go } from "./go.ts";
import { checkout } from "./paths.ts";
import { treeHash } from "./recipe.ts";

/** Our Go program that reads Dockerfiles with BuildKit's own parser; a module by itself. */
export const readerSource = join(checkout, "test/lab/dockerfile-reader");

/** Path of the built program. It needs a few small packages only, so it is made without the rest of the lab: seconds. */
export async function makeDockerfileReader(): Promise<string> {
  const hash = (await treeHash(readerSource)).slice(0, 12);
  return cachedFile(`tools/dockerfile-reader-${hash}`, "building the Dockerfile reader", async (path) => {
    await go(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", path, "."], {
      cwd: readerSource,
      env: { CGO_ENABLED: "0", GOFLAGS: "" },
    });
  });
}
