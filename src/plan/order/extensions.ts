import type { BuilderMetadata } from "../../builder/builder.ts";
import type { BuildpackInfo, Buildpacks, Order } from "../../builder/buildpack-info.ts";
import type { RunImageMetadata } from "../../builder/run-image.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import type { GatheredModules } from "../../modules/gathered-modules.ts";
import { agreed } from "../images.ts";
import type { ExtensionsPlan } from "../lifecycle-plan.ts";
import { atLeast } from "../platform/platform-api.ts";
import type { ChosenEntries } from "./entries.ts";
import { fillVersion } from "./order.ts";
import { lackingTarget, lookUp } from "./order-checks.ts";

interface ExtensionsRequest {
  readonly builders: readonly BuilderMetadata[];
  readonly runImages: readonly RunImageMetadata[];
  /** The builder's name, for messages. */
  readonly builder: string;
  readonly entries: ChosenEntries;
  readonly gathered: GatheredModules;
  readonly platformApi: string;
  /** Whether our frontend builds what is made of the plan. */
  readonly appliedByFrontend: boolean;
}

/**
 * The image extensions that detection tries: the builder's, or those of `--extension`. Undefined: there are none. Throws CompileError
 * where nobody would apply them: their Dockerfiles exist only after detection, so a file made beforehand would leave them out without a
 * word; and where the lifecycle cannot run one.
 */
export function planExtensions(request: ExtensionsRequest, report: Report): ExtensionsPlan | undefined {
  const { builders, builder, platformApi, entries, appliedByFrontend } = request;
  const order = agreed("order of image extensions", builders, builder, (own) => orderOf(request, own));
  if (order.length === 0) return undefined;
  const isChosen = entries.extensions.length > 0;
  if (!appliedByFrontend) {
    const ids = [...new Set(order.flatMap((group) => group.map(({ id }) => id)))];
    const values = { builder: isChosen ? "This build" : builder, ids };
    const file = isChosen ? "--extension" : builder;
    throw new CompileError([diagnose("plan/extensions-and-file", values, { file })]);
  }
  const infos = builders.map((own) => infosOf(request, own, order));
  requireApis(request, infos);
  if (isChosen) warnOfTargets(request, infos, report);
  return {
    order,
    runImages: agreed("run images", builders, builder, ({ runImages }) => runImages),
    areExperimental: !atLeast(platformApi, "0.13"),
  };
}

/** Those of the flag are one group; each is put in front of the ones before it. Source: pack, `processExtensions`. */
function orderOf({ entries, gathered, builder }: ExtensionsRequest, own: BuilderMetadata): Order {
  const found: Diagnostic[] = [];
  const extensions = allExtensions(own, gathered);
  const named = entries.extensions.toReversed().flatMap((entry) => {
    const meaning = gathered.meanings.get(entry);
    if (meaning?.kind !== "buildpack") return [];
    return [fillVersion({ ...meaning, optional: false }, extensions, entry.location, found)];
  });
  const order =
    named.length > 0
      ? [named.map(({ id, version = "", optional }) => ({ id, version, optional }))]
      : own.extensionOrder.map((group) =>
          group.map((entry) => fillVersion(entry, extensions, { file: builder }, found)),
        );
  if (found.length > 0) throw new CompileError(found);
  return order;
}

/** The builder's, and those that are added in their place or beside them. */
function allExtensions({ extensions }: BuilderMetadata, gathered: GatheredModules): Buildpacks {
  const added = gathered.extensions.flatMap(({ buildpacks }) => buildpacks);
  const ids = new Set([...extensions.keys(), ...added.map(({ id }) => id)]);
  return new Map(
    Array.from(ids, (id) => {
      const own = added.filter((info) => info.id === id);
      const others = (extensions.get(id) ?? []).filter((info) =>
        own.every(({ version }) => version !== info.version),
      );
      return [id, [...others, ...own]];
    }),
  );
}

/** What is known of those in the order, each once. */
function infosOf(
  { gathered }: ExtensionsRequest,
  own: BuilderMetadata,
  order: Order,
): readonly BuildpackInfo[] {
  const extensions = allExtensions(own, gathered);
  return [...new Set(order.flat().flatMap((entry) => lookUp(entry, extensions) ?? []))];
}

function requireApis(
  { builders, builder, gathered }: ExtensionsRequest,
  infos: readonly (readonly BuildpackInfo[])[],
): void {
  const faults = builders.flatMap(({ buildpackApis }, index) =>
    (infos[index] ?? [])
      .filter(({ api }) => api !== undefined && buildpackApis.length > 0 && !buildpackApis.includes(api))
      .map(({ id, version, api = "" }) => {
        const added = gathered.extensions.find(({ buildpacks }) =>
          buildpacks.some((one) => one.id === id && one.version === version),
        );
        const values = { extension: `${id}@${version}`, api, builder, apis: buildpackApis };
        return diagnose("plan/extension-api-unsupported", values, added?.location ?? { file: builder });
      }),
  );
  const once = [...new Map(faults.map((fault) => [fault.message, fault])).values()];
  if (once.length > 0) throw new CompileError(once);
}

/** The detector leaves out one that is for other targets, without a word. Source: lifecycle, `phase/detector.go`. */
function warnOfTargets(
  { builders, runImages }: ExtensionsRequest,
  infos: readonly (readonly BuildpackInfo[])[],
  report: Report,
): void {
  for (const [index, { platform }] of builders.entries()) {
    const place = { platform, distribution: runImages[index]?.target.distro };
    for (const info of infos[index] ?? []) {
      const lacking = lackingTarget(info, place);
      if (lacking === undefined) continue;
      const values = { extension: `${info.id}@${info.version}`, ...lacking };
      report(diagnose("plan/extension-platform", values, { file: "--extension" }));
    }
  }
}
