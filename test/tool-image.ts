import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

/**
 * zstd: BuildKit, which alone pulls this image, has long read it. At its most it makes a fifth less than gzip, and takes half
 * a minute for each platform: `quick` is for tests.
 */
const compressions = {
  smallest: "compression=zstd,compression-level=22,force-compression=true",
  quick: "compression=zstd,compression-level=3,force-compression=true",
};
export type Compression = keyof typeof compressions;

/** Our image in the package: an OCI layout. Absolute. */
export const packageLayout = join(root, "dist", "image");
const unfinishedLayout = `${packageLayout}.partial`;

/** buildctl's `--output` for it, before it is whole. */
export function packageOutput(compression: Compression): string {
  return `type=oci,dest=${unfinishedLayout},tar=false,rewrite-timestamp=true,${compressions[compression]}`;
}

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
  /** Without `output`. Absent: smallest. */
  readonly compression?: Compression;
}

/** One moment for all files and for the config, or every build would make another image. */
export const repeatableOpt = "build-arg:SOURCE_DATE_EPOCH=315532801";

/** Arguments for buildctl that build our image from frontend/Dockerfile and dist/. The same input gives the same digest. */
export function toolImageArguments(request: ToolImageRequest): string[] {
  const { tags, push, platforms, output, nodeImage, compression = "smallest" } = request;
  const image = `type=image,"name=${tags.join(",")}",push=${push},rewrite-timestamp=true,${compressions[compression]}`;
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
