import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildctlWordsOf,
  finishPackage,
  helperImageRequest,
  packageOutput,
  scannerImageRequest,
} from "../own-images/own-image-requests.ts";
import type { Lab } from "./lab/lab.ts";
import { makeSupplyChainImages } from "./lab/supply-chain-images.ts";

const packageFile = join(import.meta.dirname, "..", "package.json");

const platforms = ["linux/amd64", "linux/arm64"];

/** Puts the helper image for both platforms into the package, as `npm run image` does for one. */
export async function packOwnImage(lab: Lab): Promise<void> {
  const output = packageOutput("quick");
  await lab.buildctl(
    buildctlWordsOf(
      helperImageRequest({ tags: [], push: false, platforms, output, nodeImage: lab.images.node }),
    ),
  );
  finishPackage();
}

/** Builds our own image for both platforms and pushes it into the lab's registry. Out: its reference there. */
export async function pushOwnImage(lab: Lab): Promise<string> {
  const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
  const reference = `${lab.registry}/lab/cnb-dockerfile:${version}`;
  await lab.buildctl(
    buildctlWordsOf(
      helperImageRequest({
        tags: [reference],
        push: true,
        platforms,
        nodeImage: lab.images.node,
        compression: "quick",
      }),
    ),
  );
  return reference;
}

/**
 * Builds our scanner upon the image in the package and pushes it into the lab's registry; for linux/amd64, as the lab's Syft
 * is. Out: its reference there.
 */
export async function pushScannerImage(lab: Lab): Promise<string> {
  const { syft } = await makeSupplyChainImages(lab);
  const reference = `${lab.registry}/lab/cnb-dockerfile-scanner:1`;
  await lab.buildctl(
    buildctlWordsOf(scannerImageRequest({ tags: [reference], push: true, platforms: ["linux/amd64"] }, syft)),
  );
  return reference;
}
