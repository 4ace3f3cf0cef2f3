import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FrontendImage } from "../engines/build-request.ts";
import { layoutDigest } from "../engines/layout.ts";
import { CompileError, diagnose, parseReference } from "../index.ts";
import { toolImage } from "../options/table/generated-file.ts";

/** Our image in this package, as an OCI layout; `npm run image -- --into-package` makes it. */
const layoutDirectory = "dist/image";

/**
 * The frontend that builds projects: the image of this package, which the client hands to BuildKit, so that no registry
 * has to have it; or one that is named. In: where to look for the package. Throws CompileError where it has none.
 */
export function frontendImage(named: string | undefined, start = import.meta.dirname): FrontendImage {
  if (named !== undefined) {
    if (parseReference(named) === undefined) {
      throw new CompileError([diagnose("plan/bad-reference", { text: named }, { file: "--image" })]);
    }
    return { reference: named };
  }
  const directory = packagedLayout(start);
  const digest = directory && layoutDigest(directory);
  if (directory === undefined || digest === undefined)
    throw new CompileError([diagnose("cli/no-packaged-image", {}, { file: "--image" })]);
  return { reference: toolImage, layout: { directory, digest } };
}

function packagedLayout(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    const candidate = join(directory, layoutDirectory);
    if (existsSync(join(candidate, "index.json"))) return candidate;
    if (directory === dirname(directory)) return undefined;
  }
}
