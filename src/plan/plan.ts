import type { BuilderMetadata } from "../builder/builder.ts";
import type { RunImageMetadata } from "../builder/run-image.ts";
import type { ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { ResolvedImage } from "../image/image-source.ts";
import { formatPlatform } from "../image/platform.ts";
import { formatReference, type ImageReference, pinReference } from "../image/reference.ts";
import { planCache } from "./cache.ts";
import { refuseExtensions } from "./extensions.ts";
import { agreed } from "./images.ts";
import type { LifecyclePlan, WorkspacePlan } from "./lifecycle-plan.ts";
import type { CompileOptions, GitPlace } from "./options.ts";
import { inlineBuildpacks, planOrder } from "./order.ts";
import { atLeast, choosePlatformApi } from "./platform-api.ts";
import { envFiles, inlineBuildpackFiles, withFinalNewline } from "./platform-files.ts";

/** Everything that is known when the decisions are made. Builders and run images: one a platform, same order. */
export interface PlanInput {
  /** Absent: the project has no project.toml. */
  readonly descriptor?: ProjectDescriptor;
  readonly builderImage: ResolvedImage;
  readonly builders: readonly BuilderMetadata[];
  readonly runImage: ResolvedImage;
  readonly runImages: readonly RunImageMetadata[];
  readonly options: CompileOptions;
  /** Absent: not a clone with a remote, or nobody needed to know. */
  readonly git?: GitPlace;
}

/** The only exec environment until projects can name another. Platform spec 0.15, `CNB_EXEC_ENV`. */
const defaultExecEnv = "production";

/**
 * Makes every decision. Warnings go to `report`; throws CompileError where a decision cannot be made.
 */
export function planLifecycle(input: PlanInput, report: Report): LifecyclePlan {
  const { descriptor, builderImage, builders, runImage, runImages, options } = input;
  const builder = formatReference(builderImage.reference);
  refuseExtensions(builders, builder);
  const platformApi = choosePlatformApi(
    builders.map(({ platformApis }) => platformApis),
    options.platformApi,
    builder,
  );
  const order = agreed("order", builders, builder, (own) => planOrder(descriptor, own));
  return {
    generator: { version: options.version, recorded: options.recorded },
    ...(descriptor === undefined ? {} : { descriptor: descriptor.file }),
    ...(options.syntax === undefined ? {} : { syntax: options.syntax }),
    tool: options.tool,
    builder: pinned(builderImage),
    runImage: {
      reference: pinned(runImage),
      name: runImageName(runImage.reference),
      setsPath: agreed(
        "PATH",
        runImages,
        formatReference(runImage.reference),
        ({ path }) => path !== undefined,
      ),
    },
    user: agreed("build user", builders, builder, ({ user }) => user),
    lifecycleVersion: agreed("lifecycle version", builders, builder, (own) => own.lifecycleVersion),
    platformApi,
    ...(atLeast(platformApi, "0.15") ? { execEnv: defaultExecEnv } : {}),
    restorerChecksRunImage: atLeast(platformApi, "0.14"),
    platforms: runImages.map(({ platform, target }) => ({ platform: formatPlatform(platform), target })),
    workspace: planWorkspace(descriptor, options),
    ...(order === undefined ? {} : { order }),
    files: [
      ...inlineBuildpackFiles(inlineBuildpacks(descriptor), descriptor),
      ...envFiles([...(descriptor?.buildEnv ?? []), ...options.buildEnv]),
    ],
    cache: planCache(descriptor, options, input.git, report),
    ...(options.processType === undefined ? {} : { processType: options.processType }),
  };
}

/** As the user or the builder named it; one named by digest alone has no tag that could be told. */
function runImageName({ name, tag, digest }: ImageReference): string {
  return tag !== undefined || digest === undefined ? `${name}:${tag ?? "latest"}` : name;
}

function pinned({ reference, digest }: ResolvedImage): string {
  return formatReference(digest === undefined ? reference : pinReference(reference, digest));
}

/** A non-empty exclude decides, else a non-empty include, else everything goes in; as pack has it. */
function planWorkspace(descriptor: ProjectDescriptor | undefined, options: CompileOptions): WorkspacePlan {
  const { include = [], exclude = [] } = descriptor ?? {};
  const kind = exclude.length > 0 ? "exclude" : include.length > 0 ? "include" : undefined;
  return {
    filter: kind === undefined ? { kind: "all" } : { kind, patterns: kind === "exclude" ? exclude : include },
    ...descriptorPlace(descriptor, options),
    keepGitDirectory: options.keepGitDirectory,
  };
}

function descriptorPlace(
  descriptor: ProjectDescriptor | undefined,
  { descriptorPath }: CompileOptions,
): Pick<WorkspacePlan, "descriptorPath" | "descriptorText"> {
  if (descriptorPath !== undefined) return { descriptorPath };
  if (descriptor === undefined) return {};
  return { descriptorText: withFinalNewline(descriptor.text) };
}
