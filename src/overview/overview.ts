import type { CompileResult } from "../compile.ts";
import type { diagnosticJson } from "../diagnostics/format.ts";
import type { ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, samePlatform } from "../image/platform.ts";
import { formatReference } from "../image/reference.ts";
import { shownUrl } from "../modules/download-address.ts";
import type { LifecyclePlan, ModulePlan } from "../plan/lifecycle-plan.ts";
import type { VolumePlan } from "../plan/platform/volume-plan.ts";
import { present } from "../present.ts";
import { scopedMountId } from "../stages/cache/cache-mount.ts";
import { targetPlatform } from "../stages/paths.ts";
import type { Mount, Stage } from "../stages/stage.ts";
import type { OverviewDetection } from "./detection.ts";
import { type OverviewPhase, overviewPhases } from "./phases.ts";
import { type OverviewSecret, overviewSecrets } from "./secrets.ts";
import { neededStages, type OverviewStage, overviewStages } from "./stages.ts";

/**
 * What would be built, as scripts get it. `schema/plan.schema.json` describes it: a key that goes or changes its meaning
 * makes another `schemaVersion`, new keys may come.
 */
export interface Overview {
  readonly schemaVersion: 1;
  /** Our own version. */
  readonly version: string;
  /** Seen from the project's directory; absent: there is none. */
  readonly descriptor?: string;
  readonly builder: OverviewImage;
  readonly runImage: OverviewImage;
  /** Image that the export program runs in. */
  readonly tool: string;
  readonly lifecycleVersion: string;
  /** `0.15`. */
  readonly platformApi: string;
  /** Absent below Platform API 0.15. */
  readonly execEnv?: string;
  /** Process that the image starts; absent: the launcher. */
  readonly processType?: string;
  readonly platforms: readonly OverviewPlatform[];
  /** Groups of image extensions, in the order in which detection tries them; which take part is known after it. Absent: none. */
  readonly extensions?: readonly (readonly OverviewModule["buildpacks"][number][])[];
  /** What the project adds to the builder. */
  readonly addedBuildpacks: readonly OverviewModule[];
  /** Image extensions that `--extension` adds to the builder; absent: none. */
  readonly addedExtensions?: readonly OverviewExtension[];
  /** Names of the build-time variables that the buildpacks get; a value may be what nobody should read. */
  readonly variables: readonly string[];
  readonly cache: LifecyclePlan["cache"];
  /** In the specification's order. */
  readonly phases: readonly OverviewPhase[];
  /** What whoever builds has to hand over. */
  readonly secrets: readonly OverviewSecret[];
  /** `NAME=oci-layout://PATH@DIGEST`, each for a `--build-context`: images that no registry has. */
  readonly buildContexts: readonly string[];
  /** `NAME=DIRECTORY`, each for a `--build-context`: buildpacks outside of the project; absent: none. */
  readonly buildpackContexts?: readonly string[];
  /** Directories, each for a `--build-context CONTEXT=DIRECTORY`, and caches; absent: none. */
  readonly volumes?: readonly VolumePlan[];
  readonly network: OverviewNetwork;
  /** In the Dockerfile's order; each name is a `--target`. */
  readonly stages: readonly OverviewStage[];
  /** What detection found, on each platform; absent: it was not run. */
  readonly detections?: readonly OverviewDetection[];
  /** What was found on the way. */
  readonly diagnostics: readonly ReturnType<typeof diagnosticJson>[];
}

interface OverviewImage {
  /** As it was named: `registry.example/acme/run:24`. */
  readonly name: string;
  /** Of the index, or of the manifest where there is no index; absent: the image is in a docker daemon alone. */
  readonly digest?: string;
}

export interface OverviewPlatform {
  /** `linux/arm64`. */
  readonly platform: string;
  /** Digests of the manifests; absent: not known, as of an image of a docker daemon. */
  readonly builderDigest?: string;
  readonly runImageDigest?: string;
  /** Base of the run image, as buildpacks see it. */
  readonly target: LifecyclePlan["platforms"][number]["target"];
  /** Id of BuildKit's cache mount. */
  readonly cacheMount: string;
  /** Groups in the order in which detection tries them. */
  readonly order: readonly (readonly OverviewBuildpack[])[];
}

interface OverviewBuildpack {
  readonly id: string;
  /** Absent: the builder has several, and does not say which. */
  readonly version?: string;
  readonly optional: boolean;
}

interface OverviewModule {
  readonly kind: ModulePlan["content"]["kind"];
  /** An image's name, a path below the project's directory or, of a buildpack outside of it, seen from there, or a URL. */
  readonly place: string;
  readonly buildpacks: readonly { readonly id: string; readonly version: string }[];
}

interface OverviewExtension extends Pick<OverviewModule, "kind" | "place"> {
  readonly extensions: OverviewModule["buildpacks"];
}

/** Who needs to reach what. */
interface OverviewNetwork {
  /** Phases that have network; the others have none. */
  readonly phases: readonly string[];
  /** Images that BuildKit pulls. */
  readonly images: readonly string[];
  /** Addresses that BuildKit downloads from. */
  readonly downloads: readonly string[];
}

/** Tells a compilation. In: what was found on the way, as tools get it. */
export function makeOverview(
  { plan, stages, input }: CompileResult,
  diagnostics: Overview["diagnostics"],
): Overview {
  const phases = overviewPhases(stages, plan.cache.scope?.own);
  const shownStages = overviewStages(stages);
  return {
    schemaVersion: 1,
    version: plan.generator.version,
    ...present({ descriptor: plan.descriptor }),
    builder: overviewImage(input.builderImage),
    runImage: overviewImage(input.runImage),
    tool: plan.tool.reference,
    lifecycleVersion: plan.lifecycleVersion,
    platformApi: plan.platformApi,
    ...present({ execEnv: plan.execEnv, processType: plan.processType }),
    platforms: overviewPlatforms(plan, stages, input),
    ...(plan.extensions === undefined
      ? {}
      : {
          extensions: plan.extensions.order.map((group) =>
            group.map(({ id, version = "" }) => ({ id, version })),
          ),
        }),
    addedBuildpacks: plan.modules.filter(({ isExtension }) => isExtension !== true).map(overviewModule),
    ...addedExtensions(plan),
    variables: plan.files.flatMap(({ path }) => /^\/platform\/env\/([^/]+)$/.exec(path)?.[1] ?? []),
    cache: plan.cache,
    phases,
    secrets: overviewSecrets(plan, phases),
    buildContexts: plan.buildContexts ?? [],
    ...present({ buildpackContexts: plan.buildpackContexts, volumes: plan.volumes }),
    network: overviewNetwork(shownStages, phases),
    stages: shownStages,
    diagnostics,
  };
}

function addedExtensions({ modules }: LifecyclePlan): Pick<Overview, "addedExtensions"> {
  const added = modules.filter(({ isExtension }) => isExtension === true);
  if (added.length === 0) return {};
  return {
    addedExtensions: added.map((module) => {
      const { kind, place, buildpacks } = overviewModule(module);
      return { kind, place, extensions: buildpacks };
    }),
  };
}

function overviewModule({ content, buildpacks }: ModulePlan): OverviewModule {
  return {
    kind: content.kind,
    place: placeOf(content),
    buildpacks: buildpacks.map(({ id, version }) => ({ id, version })),
  };
}

function overviewImage({ reference, digest }: ResolvedImage): OverviewImage {
  const { digest: asked, ...named } = reference;
  // One named by digest alone has no tag that could be told.
  const name = named.tag === undefined && asked !== undefined ? named.name : formatReference(named);
  return { name, ...present({ digest }) };
}

function overviewPlatforms(
  plan: LifecyclePlan,
  stages: readonly Stage[],
  { builders, builderImage, runImage }: CompileResult["input"],
): OverviewPlatform[] {
  const cacheMount = mountsOf(stages).find((mount) => mount.kind === "cache")?.id ?? "";
  return plan.platforms.flatMap(({ platform, target }) => {
    const builder = builders.find((one) => formatPlatform(one.platform) === platform);
    if (builder === undefined) return [];
    const digestIn = ({ images }: ResolvedImage) =>
      images.find((image) => samePlatform(image.platform, builder.platform))?.digest;
    const [builderDigest, runImageDigest] = [digestIn(builderImage), digestIn(runImage)];
    return {
      platform,
      ...present({ builderDigest, runImageDigest }),
      target,
      cacheMount: scopedMountId(cacheMount, plan.cache.scope?.own).replace(`\${${targetPlatform}}`, platform),
      order: (plan.order ?? builder.order).map((group) =>
        group.map(({ id, version, optional }) => {
          const [only, ...others] = builder.buildpacks.get(id) ?? [];
          const known = version ?? (others.length === 0 ? only?.version : undefined);
          return { id, ...present({ version: known }), optional };
        }),
      ),
    };
  });
}

function overviewNetwork(
  stages: readonly OverviewStage[],
  phases: readonly OverviewPhase[],
): OverviewNetwork {
  const needed = neededStages(stages);
  return {
    phases: phases.flatMap((phase) => (phase.runs && phase.network ? [phase.name] : [])),
    images: [...new Set(needed.flatMap(({ base }) => (base.kind === "image" ? [base.reference] : [])))],
    downloads: needed.flatMap(({ takes }) =>
      takes.flatMap((take) => (take.kind === "download" ? [take.url] : [])),
    ),
  };
}

function mountsOf(stages: readonly Stage[]): Mount[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) => (one.kind === "run" ? one.mounts : [])),
  );
}

function placeOf(content: ModulePlan["content"]): string {
  switch (content.kind) {
    case "image":
      return content.reference;
    case "directory":
    case "archive":
      return content.handed?.shown ?? (content.path === "" ? "." : content.path);
    case "download":
      return shownUrl(new URL(content.url));
  }
}
