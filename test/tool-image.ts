import { join } from "node:path";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

/** zstd: a tenth smaller, and BuildKit, which alone pulls this image, has long read it. */
const compression = "compression=zstd,force-compression=true";

/** Our image in the package: an OCI layout. Absolute. */
export const packageLayout = join(root, "dist", "image");

/** buildctl's `--output` for it. */
export const packageOutput = `type=oci,dest=${packageLayout},tar=false,rewrite-timestamp=true,${compression}`;

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

/** Arguments for buildctl that build our image from frontend/Dockerfile and dist/. The same input gives the same digest. */
export function toolImageArguments({ tags, push, platforms, output, nodeImage }: ToolImageRequest): string[] {
  // One moment for all files and for the config, or every build would make another image.
  const epoch = "315532801";
  const image = `type=image,"name=${tags.join(",")}",push=${push},rewrite-timestamp=true,${compression}`;
  const opts = [
    `platform=${platforms.join(",")}`,
    `build-arg:SOURCE_DATE_EPOCH=${epoch}`,
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
