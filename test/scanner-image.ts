import { join } from "node:path";
import { layoutDigest } from "../src/engines/layout.ts";
import { syftImage } from "../src/options/table/scan.ts";
import { packageLayout, repeatableOpt } from "./tool-image.ts";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

export interface ScannerImageRequest {
  /** References to give the image; at least one unless `output` is given. */
  readonly tags: readonly string[];
  readonly push: boolean;
  /** `linux/amd64`; at least one. */
  readonly platforms: readonly string[];
  /** buildctl's `--output`, in place of an image with `tags`. */
  readonly output?: string;
  /** Absent: the one whose Syft the stage `syft` of a generated Dockerfile is. */
  readonly syftImage?: string;
}

/**
 * Arguments for buildctl that build the scanner from scanner/Dockerfile upon our image in the package, which has to be there
 * for these platforms. The same input gives the same digest.
 */
export function scannerImageArguments(request: ScannerImageRequest): string[] {
  const { tags, push, platforms, output, syftImage: syft = syftImage } = request;
  const digest = layoutDigest(packageLayout);
  if (digest === undefined) throw new Error(`there is no image of ours in ${packageLayout}`);
  // What is of our image stays as it is there, so that a machine with both has it once.
  const image = `type=image,"name=${tags.join(",")}",push=${push},rewrite-timestamp=true,compression=zstd`;
  const opts = [
    `platform=${platforms.join(",")}`,
    repeatableOpt,
    `build-arg:SYFT_IMAGE=${syft}`,
    `context:cnb-dockerfile=oci-layout://cnb-dockerfile@${digest}`,
  ];
  return [
    "build",
    "--frontend=dockerfile.v0",
    `--local=context=${join(root, "scanner")}`,
    `--local=dockerfile=${join(root, "scanner")}`,
    `--oci-layout=cnb-dockerfile=${packageLayout}`,
    ...opts.map((opt) => `--opt=${opt}`),
    `--output=${output ?? image}`,
  ];
}
