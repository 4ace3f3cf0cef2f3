import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab/lab.ts";
import { toolImageArguments } from "./tool-image.ts";

const packageFile = join(import.meta.dirname, "..", "package.json");

/** Builds our own image for both platforms and pushes it into the lab's registry. Out: its reference there. */
export async function pushOwnImage(lab: Lab): Promise<string> {
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  const reference = `${lab.registry}/lab/cnb-dockerfile:${version}`;
  await lab.buildctl(
    toolImageArguments({
      tags: [reference],
      push: true,
      platforms: ["linux/amd64", "linux/arm64"],
      nodeImage: lab.images.node,
    }),
  );
  return reference;
}
