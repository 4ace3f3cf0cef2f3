import type { BuilderMetadata } from "./builder/builder.ts";
import { type RunImageMetadata, readRunImage } from "./builder/run-image.ts";
import type { GeneratedDockerfiles } from "./contract/generated-dockerfile.ts";
import { generatedDigest } from "./contract/generated-dockerfiles.ts";
import { diagnose } from "./diagnostics/diagnose.ts";
import { CompileError, type Report } from "./diagnostics/diagnostic.ts";
import { freezeExtensions } from "./dockerfile/frozen/frozen-extensions.ts";
import { checkDockerfiles } from "./dockerfile/read/check-dockerfiles.ts";
import { readRunDockerfiles } from "./dockerfile/read/run-dockerfiles.ts";
import { type ImageSource, pinnedName, type ResolvedImage } from "./image/image-source.ts";
import { formatPlatform, type Platform } from "./image/platform.ts";
import { resolveChosenRunImage } from "./plan/chosen-run-image.ts";
import type { FrozenExtensions } from "./plan/lifecycle-plan.ts";
import type { DetectedExtensions } from "./plan/options.ts";
import { runImageName } from "./plan/plan.ts";

interface FreezeInput {
  readonly detected: readonly DetectedExtensions[];
  readonly builderImage: ResolvedImage;
  readonly builders: readonly BuilderMetadata[];
  readonly runImage: ResolvedImage;
  readonly runImages: readonly RunImageMetadata[];
  readonly platforms: readonly Platform[];
  readonly images: ImageSource;
}

/**
 * What an earlier detection made, for a file that BuildKit alone can build. Throws CompileError where platforms differ, where an image that an
 * extension chose is not there, and for what cannot stand in such a file.
 */
export async function freezeDetected(input: FreezeInput, report: Report): Promise<FrozenExtensions> {
  const { detected, builderImage, builders, runImage, runImages } = input;
  const generated = agreedDetection(detected);
  checkDockerfiles(generated.dockerfiles, report);
  const { applied, chosenBy = "" } = readRunDockerfiles(generated.dockerfiles);
  const isPlanned = generated.runImage === runImageName(runImage.reference);
  const switched = isPlanned ? undefined : await switchedRunImage(input, generated.runImage, chosenBy);
  const [run] = switched?.metadata ?? runImages;
  const { uid, gid } = builders[0]?.user ?? { uid: 0, gid: 0 };
  const frozen = freezeExtensions({
    ...{ generated, applied },
    builder: { reference: pinnedName(builderImage), user: `${uid}:${gid}` },
    runImage: { reference: switched?.plan.reference ?? pinnedName(runImage), user: run?.user ?? "" },
  });
  return { ...frozen, ...(switched === undefined ? {} : { runImage: switched.plan }) };
}

/** One file is for all platforms. */
function agreedDetection(detected: readonly DetectedExtensions[]): GeneratedDockerfiles {
  const [first, ...others] = detected;
  if (first === undefined) throw new Error("detection was run for no platform");
  const digest = generatedDigest(first.generated);
  const odd = others.find(({ generated }) => generatedDigest(generated) !== digest);
  if (odd === undefined) return first.generated;
  const values = { one: first.platform, other: odd.platform };
  throw new CompileError([diagnose("emit/extensions-differ", values, { file: "--detected" })]);
}

interface SwitchedRunImage {
  readonly plan: NonNullable<FrozenExtensions["runImage"]>;
  /** For each platform, in their order. */
  readonly metadata: readonly RunImageMetadata[];
}

async function switchedRunImage(
  { platforms, images }: FreezeInput,
  name: string,
  id: string,
): Promise<SwitchedRunImage> {
  const resolved = await resolveChosenRunImage(images, { id, name, platforms });
  const metadata = resolved.images.map(readRunImage);
  return {
    plan: {
      ...{ reference: pinnedName(resolved), name },
      setsPath: metadata.every(({ path }) => path !== undefined),
      targets: metadata.map(({ platform, target }) => ({ platform: formatPlatform(platform), target })),
    },
    metadata,
  };
}
