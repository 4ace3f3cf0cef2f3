import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { FrontendImage } from "../../engines/build-request.ts";
import { layoutDigest } from "../../engines/layout.ts";
import { parseReference } from "../../image/reference.ts";
import type { FrontendOrder } from "../build-order.ts";

/** Our image in this package, as an OCI layout; `npm run image -- --into-package` makes it. */
const layoutDirectory = "dist/image";

/**
 * The frontend that builds projects: the image of this package, which the client hands to BuildKit, so that no registry
 * has to have it; or one that is named. In: where to look for the package. Throws CompileError where it has none.
 */
export function frontendImage(
  { reference, isNamed }: FrontendOrder,
  start = import.meta.dirname,
): FrontendImage {
  if (isNamed) {
    if (parseReference(reference) === undefined) {
      throw new CompileError([diagnose("plan/bad-reference", { text: reference }, { file: "--image" })]);
    }
    return { reference };
  }
  const directory = packagedLayout(start);
  const digest = directory && layoutDigest(directory);
  if (directory === undefined || digest === undefined)
    throw new CompileError([diagnose("cli/no-packaged-image", {}, { file: "--image" })]);
  return { reference, layout: { directory, digest } };
}

function packagedLayout(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    const candidate = join(directory, layoutDirectory);
    if (existsSync(join(candidate, "index.json"))) return candidate;
    if (directory === dirname(directory)) return undefined;
  }
}
