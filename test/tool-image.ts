import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

/** zstd at its most: a fifth smaller than gzip, and BuildKit, which alone pulls this image, has long read it. */
const compression = "compression=zstd,compression-level=22,force-compression=true";

/** Our image in the package: an OCI layout. Absolute. */
export const packageLayout = join(root, "dist", "image");
const unfinishedLayout = `${packageLayout}.partial`;

/** buildctl's `--output` for it, before it is whole. */
export const packageOutput = `type=oci,dest=${unfinishedLayout},tar=false,rewrite-timestamp=true,${compression}`;

/** Puts into the package what buildctl has made. */
export function finishPackage(): void {
  rmSync(packageLayout, { recursive: true, force: true });
  renameSync(unfinishedLayout, packageLayout);
}

export interface ToolImageRequest {
  /** References to give the image; at least one unless `output` is given. */
  readonly tags: readonly string[];
  readonly push: boolean;
  /** `linux/amd64`; at least one. */
  readonly platforms: readonly string[];
  /** buildctl's `--output`, in place of an image with `tags`. */
  readonly output?: string;
  /** Absent: the stock image that frontend/Dockerfile names. */
  readonly nodeImage?: string;
}

/** One moment for all files and for the config, or every build would make another image. */
export const repeatableOpt = "build-arg:SOURCE_DATE_EPOCH=315532801";

/** Arguments for buildctl that build our image from frontend/Dockerfile and dist/. The same input gives the same digest. */
export function toolImageArguments({ tags, push, platforms, output, nodeImage }: ToolImageRequest): string[] {
  const image = `type=image,"name=${tags.join(",")}",push=${push},rewrite-timestamp=true,${compression}`;
  const opts = [
    `platform=${platforms.join(",")}`,
    repeatableOpt,
    ...(nodeImage === undefined ? [] : [`build-arg:NODE_IMAGE=${nodeImage}`]),
  ];
  return [
    "build",
    "--frontend=dockerfile.v0",
    `--local=context=${join(root, "dist")}`,
    `--local=dockerfile=${join(root, "frontend")}`,
    ...opts.map((opt) => `--opt=${opt}`),
    `--output=${output ?? image}`,
  ];
}
