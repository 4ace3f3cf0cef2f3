import { readRunImage, type Target } from "../../src/builder/run-image.ts";
import type { GeneratedDockerfile, GeneratedDockerfiles } from "../../src/contract/generated-dockerfile.ts";
import { readRunDockerfiles } from "../../src/dockerfile/read/run-dockerfiles.ts";
import { fileText } from "../../src/dockerfile/write/content.ts";
import { pinnedName } from "../../src/image/image-source.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { resolveChosenRunImage } from "../../src/plan/chosen-run-image.ts";
import { listedAs } from "../../src/plan/images.ts";
import type { AppPlan } from "../../src/plan/lifecycle-plan.ts";
import { analyzedToml } from "../../src/stages/analyzed.ts";
import { platformsDirectory } from "../../src/stages/paths.ts";
import { files, type State } from "../graph/llb.ts";
import type { GatewayImages } from "../sources/image-source.ts";
import type { LoadedImage } from "../sources/named-contexts.ts";

/** The run image after detection, and what is to be applied to it. */
export interface ChosenRunImage {
  readonly plan: AppPlan["runImage"];
  readonly image: LoadedImage;
  /** Dockerfiles that change it, in their order. */
  readonly applied: readonly GeneratedDockerfile[];
  /** What buildpacks build for. Absent: the run image is the planned one. */
  readonly target?: Target;
}

interface ChoiceRequest {
  readonly app: AppPlan;
  readonly generated: GeneratedDockerfiles;
  readonly platform: Platform;
}

/**
 * The run image that the detector wrote down: the planned one, or one that an extension chose. Throws CompileError where that is not there for
 * the platform.
 */
export async function chooseRunImage(
  images: GatewayImages,
  { app, generated, platform }: ChoiceRequest,
): Promise<ChosenRunImage> {
  const { applied, chosenBy: id = "" } = readRunDockerfiles(generated.dockerfiles);
  if (generated.runImage === app.runImage.name) {
    const reference = parseReference(app.runImage.reference);
    if (reference === undefined) throw new Error(`${app.runImage.reference} is no image name`);
    return { plan: app.runImage, image: await images.load(reference, platform), applied };
  }
  return { ...(await switched(images, generated.runImage, { app, platform, id })), applied };
}

async function switched(
  images: GatewayImages,
  name: string,
  { app, platform, id }: { readonly app: AppPlan; readonly platform: Platform; readonly id: string },
): Promise<Pick<ChosenRunImage, "plan" | "image" | "target">> {
  const resolved = await resolveChosenRunImage(images, { id, name, platforms: [platform] });
  const { reference } = resolved;
  const [found] = resolved.images;
  if (found === undefined) throw new Error(`${name} was found for no platform`);
  const { path, target } = readRunImage(found);
  return {
    plan: {
      ...{ reference: pinnedName(resolved), name, setsPath: path !== undefined },
      // The lifecycle, `platform.GetRunImageForExport`: a name that the builder does not list stands for itself.
      listed: listedAs(app.extensions?.runImages ?? [], reference) ?? { image: name, mirrors: [] },
    },
    image: await images.load(reference, platform),
    target,
  };
}

/** The stage `tool` with the facts of a run image that was chosen after detection. */
export function withFacts(tool: State, platform: Platform, { plan, target }: ChosenRunImage): State {
  if (target === undefined) return tool;
  const name = formatPlatform(platform);
  const content = fileText({ format: "toml", table: analyzedToml({ runImage: plan }, target) });
  const path = `${platformsDirectory}/${name}/analyzed.toml`;
  return files([{ path, content }], `[${name}] target of the run image ${plan.name}`, tool);
}
