import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { go } from "./go.ts";
import { checkout } from "./paths.ts";
import { treeHash } from "./recipe.ts";

/** Our Go program that answers by pack's and the lifecycle's own matchers; a module by itself. */
const matcherSource = join(checkout, "test/lab/pattern-matcher");

/** Path of the built program. It needs one small package only, so it is made without the rest of the lab. */
export async function makePatternMatcher(): Promise<string> {
  const hash = (await treeHash(matcherSource)).slice(0, 12);
  return cachedFile(
    `pattern-matcher/pattern-matcher-${hash}`,
    "building the pattern matcher",
    async (path) => {
      await go(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", path, "."], {
        cwd: matcherSource,
        env: { CGO_ENABLED: "0", GOFLAGS: "" },
      });
    },
  );
}
