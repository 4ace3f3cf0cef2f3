import { join } from "node:path";
import { programList } from "../src/private-buildkit/programs/program-list.ts";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

export interface ContainerImageRequest {
  /** References to give the image; at least one unless `output` is given. */
  readonly tags: readonly string[];
  readonly push: boolean;
  /** `linux/amd64`; at least one. */
  readonly platforms: readonly string[];
  /** buildctl's `--output`, in place of an image with `tags`. */
  readonly output?: string;
  /** Absent: the one that a private BuildKit is. */
  readonly buildkitVersion?: string;
  /** Absent: moby's rootless image of that version. */
  readonly buildkitImage?: string;
  /** Absent: the stock image that container/Dockerfile names. */
  readonly nodeImage?: string;
}

/** Arguments for buildctl that build the builder container from container/Dockerfile and dist/, with our image in it. */
export function containerImageArguments(request: ContainerImageRequest): string[] {
  const { tags, push, platforms, output, buildkitImage, nodeImage } = request;
  const { buildkitVersion = ownBuildkitVersion() } = request;
  const opts = [
    `platform=${platforms.join(",")}`,
    `build-arg:BUILDKIT_VERSION=${buildkitVersion}`,
    ...(buildkitImage === undefined ? [] : [`build-arg:BUILDKIT_IMAGE=${buildkitImage}`]),
    ...(nodeImage === undefined ? [] : [`build-arg:NODE_IMAGE=${nodeImage}`]),
  ];
  return [
    "build",
    "--frontend=dockerfile.v0",
    `--local=context=${join(root, "dist")}`,
    `--local=dockerfile=${join(root, "container")}`,
    ...opts.map((opt) => `--opt=${opt}`),
    `--output=${output ?? `type=image,"name=${tags.join(",")}",push=${push}`}`,
  ];
}

function ownBuildkitVersion(): string {
  const release = programList.releases.find(({ name }) => name === "buildkit");
  if (release === undefined) throw new Error("the list of programs has no BuildKit");
  return release.version;
}
