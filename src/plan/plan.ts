import type { BuilderMetadata } from "../builder/builder.ts";
import type { RunImageMetadata } from "../builder/run-image.ts";
import type { ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../diagnostics/diagnostic.ts";
import { pinnedName, type ResolvedImage } from "../image/image-source.ts";
import { formatPlatform } from "../image/platform.ts";
import { buildContext, formatReference, type ImageReference } from "../image/reference.ts";
import type { GatheredModules } from "../modules/gathered-modules.ts";
import { present } from "../present.ts";
import { planCache } from "./cache.ts";
import { agreed, listedAs } from "./images.ts";
import type { FrozenExtensions, LifecyclePlan, PlatformFile, WorkspacePlan } from "./lifecycle-plan.ts";
import type { CompileOptions, GitPlace, Origin } from "./options.ts";
import { type ChosenEntries, defaultExecEnv, inlineBuildpacks, takesPart } from "./order/entries.ts";
import { planExtensions } from "./order/extensions.ts";
import { missingBuildpacks } from "./order/missing-buildpacks.ts";
import { buildpackContexts, planModules } from "./order/modules.ts";
import { allBuildpacks, planOrder } from "./order/order.ts";
import { checkOrder } from "./order/order-checks.ts";
import { caVariables, planSecrets, type SecretsPlan } from "./platform/mounts.ts";
import { atLeast, choosePlatformApi } from "./platform/platform-api.ts";
import { envFiles, inlineBuildpackFiles, withFinalNewline } from "./platform/platform-files.ts";
import { planVolumes } from "./platform/volumes.ts";
import { type PreviousImage, planPreviousImage } from "./previous-image.ts";
import { planSupplyChain } from "./supply-chain/supply-chain.ts";

/** Everything that is known when the decisions are made. Builders and run images: one a platform, same order. */
export interface PlanInput {
  /** Absent: the project has no project.toml. */
  readonly descriptor?: ProjectDescriptor;
  readonly builderImage: ResolvedImage;
  readonly builders: readonly BuilderMetadata[];
  readonly runImage: ResolvedImage;
  readonly runImages: readonly RunImageMetadata[];
  readonly entries: ChosenEntries;
  readonly gathered: GatheredModules;
  /** Absent: none was named, or there is none yet. */
  readonly previous?: PreviousImage;
  readonly options: CompileOptions;
  /** What image extensions made in an earlier detection; absent: nobody knows. */
  readonly frozen?: FrozenExtensions;
  /** Absent: not a clone with a remote, or nobody needed to know. */
  readonly git?: GitPlace;
  /** Absent: nobody says, or nobody needed to know. */
  readonly origin?: Origin;
}

/**
 * Makes every decision. Warnings go to `report`; throws CompileError where a decision cannot be made.
 */
export function planLifecycle(input: PlanInput, report: Report): LifecyclePlan {
  const { descriptor, builderImage, builders, runImage, runImages, options } = input;
  const builder = formatReference(builderImage.reference);
  const platformApi = choosePlatformApi(
    builders.map(({ platformApis }) => platformApis),
    options.platformApi,
    builder,
  );
  refuseEmptyRunImages(input);
  const { appliedByFrontend = options.syntax !== undefined || options.detected !== undefined } = options;
  const { entries, gathered } = input;
  const extensions = planExtensions(
    { builders, runImages, builder, entries, gathered, platformApi, appliedByFrontend },
    report,
  );
  const order = agreedOrder(input, builder, report);
  const execEnv = options.execEnv ?? defaultExecEnv;
  const knowsExecEnv = atLeast(platformApi, "0.15");
  if (!knowsExecEnv && execEnv !== defaultExecEnv) {
    report(diagnose("plan/exec-env-ignored", { execEnv, platformApi }, { file: "--exec-env" }));
  }
  const secrets = planSecrets(descriptor, options);
  const variables = [
    ...caVariables(options),
    ...(descriptor?.buildEnv ?? []).filter((variable) => takesPart(variable, execEnv)),
    ...options.buildEnv,
  ].filter(({ name }) => !secrets.names.has(name));
  const platforms = planPlatforms(input, execEnv, report);
  const modules = agreed("buildpacks", builders, builder, (own) => planModules(gathered, own));
  return {
    generator: { version: options.version, recorded: options.recorded },
    ...(descriptor === undefined ? {} : { descriptor: descriptor.file }),
    ...present({ syntax: options.syntax }),
    tool: options.tool,
    builder: pinnedName(builderImage),
    runImage: {
      reference: pinnedName(runImage),
      name: runImageName(runImage.reference),
      setsPath:
        input.frozen?.runImage?.setsPath ??
        agreed("PATH", runImages, formatReference(runImage.reference), ({ path }) => path !== undefined),
      ...listedRunImage(builders, runImage.reference, builder),
    },
    ...(input.previous !== undefined && platforms.some(({ previous }) => previous !== undefined)
      ? { previousImage: pinnedName(input.previous.image) }
      : {}),
    ...contextsOf([builderImage, runImage]),
    ...buildpackContexts(modules),
    ...present({ extensions, frozen: input.frozen }),
    ...(options.appliedByFrontend === true ? { tellsDetection: true } : {}),
    hiddenVariables: [...new Set(builders.flatMap((own) => own.variables.filter(isReadAtStart)))].sort(),
    user: agreed("build user", builders, builder, ({ user }) => user),
    lifecycleVersion: agreed("lifecycle version", builders, builder, (own) => own.lifecycleVersion),
    platformApi,
    ...(knowsExecEnv ? { execEnv } : {}),
    restorerChecksRunImage: atLeast(platformApi, "0.14"),
    platforms,
    workspace: planWorkspace(input),
    ...present({ order }),
    modules,
    secrets: secrets.mounts,
    ...present({ ssh: secrets.ssh }),
    ...plannedVolumes(options, secrets),
    files: [
      ...inlineBuildpackFiles(inlineBuildpacks(input.entries)),
      ...(options.withoutSystemBuildpacks ? [noSystemBuildpacks] : []),
      ...secrets.files,
      ...envFiles(variables),
    ],
    cache: planCache(descriptor, options, input, report),
    ...present({ processType: options.processType }),
    supplyChain: planSupplyChain(options),
  };
}

/** What the dynamic loader, the C library, OpenSSL and Node.js read when they start. Source: ld.so(8), node(1), openssl-env(7). */
function isReadAtStart(name: string): boolean {
  return /^(?:(?:LD|NODE|OPENSSL)_\w+|GLIBC_TUNABLES)$/.test(name);
}

function plannedVolumes(
  { volumes = [] }: CompileOptions,
  { bindings }: SecretsPlan,
): Pick<LifecyclePlan, "volumes"> {
  return volumes.length === 0 ? {} : { volumes: planVolumes(volumes, bindings) };
}

function planPlatforms(
  { runImage, runImages, previous }: PlanInput,
  execEnv: string,
  report: Report,
): LifecyclePlan["platforms"] {
  return runImages.map((one) => {
    const offered =
      previous && planPreviousImage({ previous, runImage: runImage.reference, execEnv }, one, report);
    return {
      platform: formatPlatform(one.platform),
      target: one.target,
      ...present({ previous: offered }),
    };
  });
}

/** What a build has to be told of images outside of registries; once for two that are the same. */
function contextsOf(images: readonly ResolvedImage[]): Pick<LifecyclePlan, "buildContexts"> {
  const found = images.flatMap(({ reference, digest }) =>
    digest === undefined ? [] : (buildContext(reference, digest) ?? []),
  );
  return found.length === 0 ? {} : { buildContexts: [...new Set(found)] };
}

/** In place of the builder's own; the lifecycle then adds nothing to the groups. */
const noSystemBuildpacks: PlatformFile = {
  path: "/cnb/system.toml",
  mode: "0644",
  content: { format: "toml", table: {} },
};

/** Order to use instead of the builder's. Throws CompileError with what is wrong on any platform. */
function agreedOrder(
  { builders, runImages, entries, gathered }: PlanInput,
  builder: string,
  report: Report,
): LifecyclePlan["order"] {
  const order = agreed("order", builders, builder, (own) => {
    const buildpacks = allBuildpacks(own, gathered, entries);
    return planOrder(entries, gathered, own, buildpacks, builder) ?? null;
  });
  const found = builders.flatMap((own, index) => {
    const used = order ?? own.order;
    const buildpacks = allBuildpacks(own, gathered, entries);
    const { modules } = gathered;
    const distribution = runImages[index]?.target.distro;
    const faults = checkOrder(used, buildpacks, modules, own, builder, distribution);
    if (faults.some(({ code }) => code === "plan/buildpack-cycle")) return faults;
    return [...faults, ...missingBuildpacks({ order: used, buildpacks, modules, builderName: builder })];
  });
  const once = [...new Map(found.map((fault) => [JSON.stringify(fault), fault])).values()];
  const errors = once.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CompileError(errors);
  for (const warning of once) report(warning);
  return order ?? undefined;
}

/** Throws CompileError: an image's label names the top layer of its run image, and one without layers has none. */
function refuseEmptyRunImages({ runImage, runImages }: PlanInput): void {
  const image = formatReference(runImage.reference);
  const empty = runImages.filter(({ diffIds }) => diffIds?.length === 0);
  if (empty.length === 0) return;
  throw new CompileError(
    empty.map(({ platform }) =>
      diagnose(
        "plan/run-image-without-layers",
        { image, platform: formatPlatform(platform) },
        { file: image },
      ),
    ),
  );
}

/** As the user or the builder named it; one named by digest alone has no tag that could be told. */
export function runImageName({ name, tag, digest }: ImageReference): string {
  return tag !== undefined || digest === undefined ? `${name}:${tag ?? "latest"}` : name;
}

/** The entry that the lifecycle's label names: that of the run image, else the builder's first. */
function listedRunImage(
  builders: readonly BuilderMetadata[],
  runImage: ImageReference,
  builder: string,
): Pick<LifecyclePlan["runImage"], "listed"> {
  const listed = agreed("run images", builders, builder, ({ runImages }) => {
    return listedAs(runImages, runImage) ?? runImages[0] ?? null;
  });
  return listed === null ? {} : { listed };
}

/** A non-empty exclude decides, else a non-empty include, else everything goes in; as pack has it. */
function planWorkspace({ descriptor, builders, runImages, options }: PlanInput): WorkspacePlan {
  const { include = [], exclude = [] } = descriptor ?? {};
  const kind = exclude.length > 0 ? "exclude" : include.length > 0 ? "include" : undefined;
  const mode = options.workspaceMode ?? descriptor?.workspaceMode;
  return {
    filter: kind === undefined ? { kind: "all" } : { kind, patterns: kind === "exclude" ? exclude : include },
    ...descriptorPlace(descriptor, options),
    keepGitDirectory: options.keepGitDirectory,
    keepModes: options.keepModes ?? descriptor?.keepModes ?? false,
    ...present({ mode }),
    runsAsOther: runImages.some(({ user }, index) => isOtherUser(user, builders[index]?.user.uid)),
  };
}

/** Root may write everywhere. A name tells no number, so it can be anybody's. Source: OCI image spec, `config.User`. */
function isOtherUser(user: string, buildUser: number | undefined): boolean {
  const [name = ""] = user.split(":");
  return !["", "root", "0", String(buildUser)].includes(name);
}

function descriptorPlace(
  descriptor: ProjectDescriptor | undefined,
  { descriptorPath }: CompileOptions,
): Pick<WorkspacePlan, "descriptorPath" | "descriptorText"> {
  if (descriptorPath !== undefined) return { descriptorPath };
  if (descriptor === undefined) return {};
  return { descriptorText: withFinalNewline(descriptor.text) };
}
