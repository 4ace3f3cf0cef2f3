import type { BuilderMetadata } from "../../builder/builder.ts";
import type {
  BuildpackInfo,
  Buildpacks,
  Order,
  OrderEntry,
  OrderGroup,
} from "../../builder/buildpack-info.ts";
import type { BuildpackEntry } from "../../descriptor/project-descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type SourceLocation } from "../../diagnostics/diagnostic.ts";
import type { EntryMeaning, GatheredModules } from "../../modules/gathered-modules.ts";
import { present } from "../../present.ts";
import { allEntries, type ChosenEntries } from "./entries.ts";

/** Every buildpack that a build has: the builder's, and those that the project adds in their place or beside them. */
export function allBuildpacks(
  builder: BuilderMetadata,
  { modules }: GatheredModules,
  chosen: ChosenEntries,
): Buildpacks {
  const all = new Map<string, Map<string, BuildpackInfo>>();
  const add = (info: BuildpackInfo) => {
    const versions = all.get(info.id) ?? new Map<string, BuildpackInfo>();
    versions.set(info.version, info);
    all.set(info.id, versions);
  };
  for (const versions of builder.buildpacks.values()) for (const info of versions) add(info);
  for (const { buildpacks } of modules) for (const info of buildpacks) add(info);
  for (const entry of allEntries(chosen)) {
    if (entry.kind !== "inline") continue;
    const { id, version, api } = entry;
    add({ id, version, api, targets: [], order: [] });
  }
  return new Map([...all].map(([id, versions]) => [id, [...versions.values()]]));
}

/**
 * Order to use instead of the builder's. Out: undefined where the builder's own serves.
 * A declared group replaces the builder's order; pre and post go around each of its groups.
 * Throws CompileError with every entry that is not clear. Source: pack's ephemeral builder.
 */
export function planOrder(
  chosen: ChosenEntries,
  { meanings }: Pick<GatheredModules, "meanings">,
  builder: BuilderMetadata,
  buildpacks: Buildpacks,
  builderName: string,
): Order | undefined {
  // Image extensions stand in the same file, so that the builder's order is written anew beside others than its own.
  if (allEntries(chosen).length === 0 && chosen.extensions.length === 0) return undefined;
  const found: Diagnostic[] = [];
  const builderOrder = builder.order.map((group) =>
    group.map((entry) => fillVersion(entry, buildpacks, { file: builderName }, found)),
  );
  const named = (list: readonly BuildpackEntry[]): OrderGroup =>
    list.flatMap((entry) => {
      const meaning = meanings.get(entry);
      // The whole builder stands for groups, not for an entry; and what names nothing was reported before.
      if (meaning?.kind !== "buildpack") return [];
      return [fillVersion(orderEntry(meaning), buildpacks, entry.location, found)];
    });
  const { group, pre, post } = chosen;
  const order =
    group.length > 0
      ? declaredOrder(group, meanings, builderOrder, named, found)
      : // Each pre entry is put in front of the ones before it, so several come out in reverse; pack's behaviour.
        around(builderOrder, named(pre.toReversed()), named(post));
  // A builder's own entry is wrong once for each place it is put into.
  const once = [...new Map(found.map((fault) => [JSON.stringify(fault), fault])).values()];
  if (once.length > 0) throw new CompileError(once);
  return order;
}

function declaredOrder(
  group: readonly BuildpackEntry[],
  meanings: ReadonlyMap<BuildpackEntry, EntryMeaning>,
  builderOrder: Order,
  named: (list: readonly BuildpackEntry[]) => OrderGroup,
  found: Diagnostic[],
): Order {
  const isWhole = (entry: BuildpackEntry) => meanings.get(entry)?.kind === "builder-order";
  const at = group.findIndex(isWhole);
  if (at === -1) return [named(group)];
  const [before, after] = [group.slice(0, at), group.slice(at + 1)];
  for (const { location } of after.filter(isWhole)) {
    found.push(diagnose("plan/builder-order-twice", undefined, location));
  }
  return around(builderOrder, named(before), named(after));
}

function around(order: Order, before: OrderGroup, after: OrderGroup): Order {
  return order.map((group) => [...before, ...group, ...after]);
}

function orderEntry({ id, version }: Extract<EntryMeaning, { kind: "buildpack" }>): OrderEntry {
  return { id, ...present({ version }), optional: false };
}

/** The lifecycle wants a version on every entry; who names none means the only one there is. */
export function fillVersion(
  entry: OrderEntry,
  buildpacks: Buildpacks,
  location: SourceLocation,
  found: Diagnostic[],
): OrderEntry {
  if (entry.version !== undefined) return entry;
  const { id, optional } = entry;
  const versions = (buildpacks.get(id) ?? []).map((own) => own.version);
  const [version] = versions;
  if (version === undefined || versions.length > 1) {
    found.push(diagnose("plan/buildpack-version-open", { id, versions }, location));
    return entry;
  }
  return { id, version, optional };
}
