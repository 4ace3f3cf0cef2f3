import type { BuilderMetadata } from "../../builder/builder.ts";
import type {
  BuildpackInfo,
  Buildpacks,
  BuildpackTarget,
  Order,
  OrderEntry,
} from "../../builder/buildpack-info.ts";
import type { Target } from "../../builder/run-image.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../image/platform.ts";
import type { AddedModule } from "../../modules/gathered-modules.ts";

/**
 * What would only show when the build runs: a composite that contains itself, a buildpack for an API that the builder's
 * lifecycle does not know, an order no group of which runs on the builder's platform, or on the run image's distribution.
 * In: that distribution; absent: its labels do not say. Empty: all is well.
 */
export function checkOrder(
  order: Order,
  buildpacks: Buildpacks,
  modules: readonly AddedModule[],
  builder: BuilderMetadata,
  builderName: string,
  distribution?: Target["distro"],
): Diagnostic[] {
  const cycles = findCycles(order, buildpacks, builderName);
  // Going through a circle has no end.
  if (cycles.length > 0) return cycles;
  return [
    ...unknownApis(modules, builder, builderName),
    ...lackingPlatform(order, buildpacks, { platform: builder.platform, distribution }, builderName),
  ];
}

function unknownApis(
  modules: readonly AddedModule[],
  { buildpackApis }: BuilderMetadata,
  builder: string,
): Diagnostic[] {
  if (buildpackApis.length === 0) return [];
  return modules.flatMap(({ buildpacks, location }) =>
    buildpacks
      .filter(({ api }) => api !== undefined && !buildpackApis.includes(api))
      .map(({ id, version, api = "" }) =>
        diagnose(
          "plan/buildpack-api-unsupported",
          { buildpack: `${id}@${version}`, api, builder, apis: buildpackApis },
          location,
        ),
      ),
  );
}

/** A composite that contains itself, by whatever way; each way round once. */
function findCycles(order: Order, buildpacks: Buildpacks, builder: string): Diagnostic[] {
  const done = new Set<string>();
  const found: Diagnostic[] = [];
  const visit = (entry: OrderEntry, path: readonly string[]): void => {
    const info = lookUp(entry, buildpacks);
    if (info === undefined) return;
    const name = `${info.id}@${info.version}`;
    const at = path.indexOf(name);
    if (at !== -1) {
      const cycle = [...path.slice(at), name];
      found.push(diagnose("plan/buildpack-cycle", { cycle }, { file: builder }));
      return;
    }
    if (done.has(name)) return;
    done.add(name);
    for (const group of info.order) for (const inner of group) visit(inner, [...path, name]);
  };
  for (const group of order) for (const entry of group) visit(entry, []);
  return found;
}

/** One diagnostic for each buildpack in the way, where no group of the order runs on the platform. */
function lackingPlatform(order: Order, buildpacks: Buildpacks, place: Place, builder: string): Diagnostic[] {
  const known = new Map<string, readonly BuildpackInfo[]>();
  /** Buildpacks that keep an entry from running on the platform; empty: nothing does. */
  const obstacles = (entry: OrderEntry): readonly BuildpackInfo[] => {
    const info = lookUp(entry, buildpacks);
    if (info === undefined) return [];
    const name = `${info.id}@${info.version}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    const result = info.order.length > 0 ? inGroups(info.order) : supports(info.targets, place) ? [] : [info];
    known.set(name, result);
    return result;
  };
  const inGroups = (groups: Order): readonly BuildpackInfo[] => {
    const all = groups.map((group) => group.filter(({ optional }) => !optional).flatMap(obstacles));
    return all.some((found) => found.length === 0) ? [] : all.flat();
  };
  return [...new Set(inGroups(order))].map((info) =>
    diagnose(
      "plan/buildpack-platform",
      { buildpack: `${info.id}@${info.version}`, ...described(info, place) },
      { file: builder },
    ),
  );
}

/** Where something does not run, and where it would. */
interface LackingTarget {
  readonly platform: string;
  /** Undefined: the platform itself does not fit. */
  readonly distribution: string | undefined;
  readonly targets: readonly string[];
}

/** Undefined: it runs there. */
export function lackingTarget(info: Pick<BuildpackInfo, "targets">, place: Place): LackingTarget | undefined {
  return supports(info.targets, place) ? undefined : described(info, place);
}

function described({ targets }: Pick<BuildpackInfo, "targets">, place: Place): LackingTarget {
  return {
    platform: formatPlatform(place.platform),
    distribution: isDistributionAlone(targets, place) ? describeDistribution(place.distribution) : undefined,
    targets: targets.flatMap(describeTarget),
  };
}

/** Undefined: there is no such buildpack. */
export function lookUp(
  { id, version }: Pick<OrderEntry, "id" | "version">,
  buildpacks: Buildpacks,
): BuildpackInfo | undefined {
  const versions = buildpacks.get(id) ?? [];
  return version === undefined ? versions[0] : versions.find((info) => info.version === version);
}

/** Once for each distribution. */
function describeTarget({
  os = "any",
  architecture = "any",
  variant,
  distributions = [],
}: BuildpackTarget): string[] {
  const platform = [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
  if (distributions.length === 0) return [platform];
  return distributions.map((one) => `${platform} with ${describeDistribution(one)}`);
}

function describeDistribution({ name = "", version = "" }: { name?: string; version?: string } = {}): string {
  return [name, version].filter((part) => part !== "").join(" ");
}

/** Where an image's buildpacks run. */
interface Place {
  readonly platform: Platform;
  /** Of the run image; absent: nobody says, and the lifecycle looks into the build image. */
  readonly distribution: Target["distro"] | undefined;
}

/** Whether on another distribution a buildpack would run. */
function isDistributionAlone(targets: readonly BuildpackTarget[], { platform }: Place): boolean {
  return supports(targets, { platform, distribution: undefined });
}

/**
 * Whether something that runs on `targets` runs at a place; what a target leaves out matches everything.
 * Source: lifecycle, `TargetSatisfiedForBuild`.
 */
function supports(targets: readonly BuildpackTarget[], { platform, distribution }: Place): boolean {
  const fits = (said: string | undefined, wanted: string | undefined) =>
    said === undefined || said === "" || wanted === undefined || said === wanted;
  return (
    targets.length === 0 ||
    targets.some(
      ({ os, architecture, variant, distributions = [] }) =>
        fits(os, platform.os) &&
        fits(architecture, platform.architecture) &&
        // arm64 is always v8.
        (platform.architecture === "arm64" || fits(variant, platform.variant)) &&
        (distribution === undefined ||
          distributions.length === 0 ||
          distributions.some(
            ({ name, version }) =>
              fits(name, distribution.name || undefined) && fits(version, distribution.version || undefined),
          )),
    )
  );
}
