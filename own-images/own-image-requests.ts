import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programsKey, programsMark } from "../src/build/helper-image/find-helper-image.ts";
import { epochSeconds } from "../src/contract/epoch.ts";
import { type BuildRequest, type NamedContext, plainRequest } from "../src/engines/build-request.ts";
import { buildctlCommand, buildctlWords } from "../src/engines/clients/buildkit.ts";
import { layoutDigest } from "../src/engines/layout.ts";
import type { BuildOutput } from "../src/engines/outputs/build-output.ts";
import { type Platform, parsePlatform } from "../src/image/platform.ts";
import { syftImage } from "../src/options/table/scan.ts";
import { programList } from "../src/private-buildkit/programs/program-list.ts";

/** The checkout's root, absolute. */
const root = join(import.meta.dirname, "..");

/**
 * zstd: BuildKit, which alone pulls these images, has long read it. At its most it makes a fifth less than gzip, and takes
 * half a minute for each platform: `quick` is for tests.
 */
const compressions = {
  smallest: { compression: "zstd", "compression-level": "22", "force-compression": "true" },
  quick: { compression: "zstd", "compression-level": "3", "force-compression": "true" },
  // What is of the image below stays as it is there, so that a machine with both has it once.
  kept: { compression: "zstd" },
};
export type Compression = keyof typeof compressions;

/** The helper image that comes with this copy of the program: an OCI layout. Absolute. */
export const packageLayout = join(root, "dist", "image");
const unfinishedLayout = `${packageLayout}.partial`;

/** What one of our images is built for. */
export interface OwnImageRequest {
  /** References to give the image; at least one unless `output` is given. */
  readonly tags: readonly string[];
  readonly push: boolean;
  /** `linux/amd64`; empty: that of the machine that builds. */
  readonly platforms: readonly string[];
  /** In place of an image with `tags`. */
  readonly output?: BuildOutput;
  /** Absent: the stock image that its Dockerfile names. */
  readonly nodeImage?: string;
  /** Of the helper image without `output`. Absent: smallest. */
  readonly compression?: Compression;
}

/** One moment for all files and for the config, or every build would make another image. */
const repeatable = { SOURCE_DATE_EPOCH: String(epochSeconds) };

/** The helper image, from frontend/Dockerfile and dist/. The same input gives the same digest. */
export function helperImageRequest(request: OwnImageRequest): BuildRequest {
  const compression = compressions[request.compression ?? "smallest"];
  const output = imageOutput(request, { "rewrite-timestamp": "true", ...compression });
  return ownRequest(request, "dist", "frontend", { ...repeatable, ...nodeArgument(request) }, output);
}

/**
 * The scanner, from scanner/Dockerfile upon the helper image in the package, which has to be there for these platforms. In:
 * Syft's image; absent: the one of the stage `syft` of a generated Dockerfile. The same input gives the same digest.
 */
export function scannerImageRequest(request: OwnImageRequest, syft: string = syftImage): BuildRequest {
  const digest = layoutDigest(packageLayout);
  if (digest === undefined) throw new Error(`there is no helper image in ${packageLayout}`);
  const output = imageOutput(request, { "rewrite-timestamp": "true", ...compressions.kept });
  const built = ownRequest(request, "scanner", "scanner", { ...repeatable, SYFT_IMAGE: syft }, output);
  return withContext(built, { name: "cnb-dockerfile", value: `oci-layout://${packageLayout}@${digest}` });
}

/**
 * The builder container, from container/Dockerfile and dist/, with the helper image in it. In: BuildKit's version, absent:
 * that of a private BuildKit; its rootless image, absent: moby's of that version.
 */
export function containerImageRequest(
  request: OwnImageRequest,
  version: string = ownBuildkitVersion(),
  buildkitImage?: string,
): BuildRequest {
  const built = {
    BUILDKIT_VERSION: version,
    ...(buildkitImage === undefined ? {} : { BUILDKIT_IMAGE: buildkitImage }),
    ...nodeArgument(request),
  };
  return ownRequest(request, "dist", "container", built, imageOutput(request, {}));
}

/** The helper image as a layout, before it is whole: `finishPackage` puts it into the package. */
export function packageOutput(compression: Compression): BuildOutput {
  const attributes = { tar: "false", "rewrite-timestamp": "true", ...compressions[compression] };
  return { type: "oci", destination: unfinishedLayout, attributes };
}

/** Puts into the package what BuildKit has made, and of which programs. */
export function finishPackage(): void {
  rmSync(packageLayout, { recursive: true, force: true });
  renameSync(unfinishedLayout, packageLayout);
  writeFileSync(join(packageLayout, programsMark), `${programsKey()}\n`);
}

/** A request as words for the lab's buildctl, which knows its address by itself. */
export function buildctlWordsOf(request: BuildRequest): string[] {
  const anywhere = { address: "unix:///nowhere" };
  return buildctlCommand("buildctl", anywhere, request).arguments.slice(buildctlWords(anywhere).length);
}

function ownRequest(
  { tags, platforms }: OwnImageRequest,
  context: string,
  directory: string,
  built: Readonly<Record<string, string>>,
  output: BuildOutput,
): BuildRequest {
  return {
    ...plainRequest,
    context: join(root, context),
    file: { directory: join(root, directory), name: "Dockerfile" },
    tags: output.destination === undefined ? tags : [],
    platforms: platforms.map(platformOf),
    buildArguments: Object.entries(built).map(([name, value]) => ({ name, value })),
    outputs: [output],
    attestations: { provenance: "false" },
  };
}

function withContext(request: BuildRequest, context: NamedContext): BuildRequest {
  return { ...request, buildContexts: [context] };
}

function imageOutput(
  { output, push }: OwnImageRequest,
  attributes: Readonly<Record<string, string>>,
): BuildOutput {
  return output ?? { type: "image", attributes: { push: String(push), ...attributes } };
}

function nodeArgument({ nodeImage }: OwnImageRequest): Readonly<Record<string, string>> {
  return nodeImage === undefined ? {} : { NODE_IMAGE: nodeImage };
}

function platformOf(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === undefined) throw new Error(`${text} is no platform`);
  return platform;
}

function ownBuildkitVersion(): string {
  const release = programList.releases.find(({ name }) => name === "buildkit");
  if (release === undefined) throw new Error("the list of programs has no BuildKit");
  return release.version;
}
