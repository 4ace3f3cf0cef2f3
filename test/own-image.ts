import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab/lab.ts";
import { finishPackage, packageOutput, toolImageArguments } from "./tool-image.ts";

const packageFile = join(import.meta.dirname, "..", "package.json");

const platforms = ["linux/amd64", "linux/arm64"];

/** Puts our own image for both platforms into the package, as `npm run image -- --into-package` does. */
export async function packOwnImage(lab: Lab): Promise<void> {
  const request = { tags: [], push: false, platforms, output: packageOutput, nodeImage: lab.images.node };
  await lab.buildctl(toolImageArguments(request));
  finishPackage();
}

/** Builds our own image for both platforms and pushes it into the lab's registry. Out: its reference there. */
export async function pushOwnImage(lab: Lab): Promise<string> {
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  const reference = `${lab.registry}/lab/cnb-dockerfile:${version}`;
  await lab.buildctl(
    toolImageArguments({
      tags: [reference],
      push: true,
      platforms,
      nodeImage: lab.images.node,
    }),
  );
  return reference;
}
