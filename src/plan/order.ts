import type { BuilderMetadata, Order, OrderEntry, OrderGroup } from "../builder/builder.ts";
import type { BuildpackEntry, InlineBuildpack, ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";

/** Scripts of the descriptor that become buildpacks, wherever they stand in it. */
export function inlineBuildpacks(descriptor: ProjectDescriptor | undefined): InlineBuildpack[] {
  const { group, pre, post } = descriptor ?? { group: [], pre: [], post: [] };
  // pack leaves pre and post alone when a group is declared; so do we.
  const used = group.length > 0 ? group : [...pre, ...post];
  return used.filter((entry) => entry.kind === "inline");
}

/**
 * Order to use instead of the builder's. Out: undefined where the builder's own serves.
 * A declared group replaces the builder's order; pre and post go around each of its groups.
 * Throws CompileError with every entry that cannot be found. Source: pack's ephemeral builder.
 */
export function planOrder(
  descriptor: ProjectDescriptor | undefined,
  builder: BuilderMetadata,
): Order | undefined {
  const { file = "", group = [], pre = [], post = [] } = descriptor ?? {};
  if (group.length === 0 && pre.length === 0 && post.length === 0) return undefined;
  const found: Diagnostic[] = [];
  const entries = (list: readonly BuildpackEntry[]) =>
    list.flatMap((entry) => resolveEntry(entry, builder, file, found) ?? []);
  const order =
    group.length > 0
      ? declaredOrder(group, builder, entries, (entry) =>
          found.push(diagnose("plan/builder-order-twice", undefined, { file, keyPath: entry.keyPath })),
        )
      : // Each pre entry is put in front of the ones before it, so several come out in reverse; pack's behaviour.
        builder.order.map((own) => [...entries(pre.toReversed()), ...own, ...entries(post)]);
  const versioned = order.map((own) => own.map((entry) => fillVersion(entry, builder, file, found)));
  // An entry that is wrong is wrong once for each group it is put into.
  const once = [...new Map(found.map((fault) => [JSON.stringify(fault), fault])).values()];
  if (once.length > 0) throw new CompileError(once);
  return versioned;
}

/** The whole of the builder's order, as an entry of a group. */
const wholeBuilder = "from=builder";

function declaredOrder(
  group: readonly BuildpackEntry[],
  builder: BuilderMetadata,
  entries: (list: readonly BuildpackEntry[]) => OrderGroup,
  refuseSecond: (entry: BuildpackEntry) => void,
): Order {
  const isWhole = (entry: BuildpackEntry) => entry.kind === "uri" && entry.uri === wholeBuilder;
  const at = group.findIndex(isWhole);
  if (at === -1) return [entries(group)];
  const [before, after] = [group.slice(0, at), group.slice(at + 1)];
  for (const entry of after.filter(isWhole)) refuseSecond(entry);
  const tail = after.filter((entry) => !isWhole(entry));
  return builder.order.map((own) => [...entries(before), ...own, ...entries(tail)]);
}

/** Undefined, with the fault added to `found`, where the entry names nothing that the builder holds. */
function resolveEntry(
  entry: BuildpackEntry,
  builder: BuilderMetadata,
  file: string,
  found: Diagnostic[],
): OrderEntry | undefined {
  switch (entry.kind) {
    case "inline":
      return { id: entry.id, version: entry.version, optional: false };
    case "named":
      return resolveNamed(entry.id, entry.version, entry.keyPath);
    case "uri": {
      const named = /^(?:urn:cnb:builder:|from=builder:)(?<id>[^@]+)(?:@(?<version>.+))?$/.exec(
        entry.uri,
      )?.groups;
      if (named?.id !== undefined) return resolveNamed(named.id, named.version, entry.keyPath);
      found.push(
        diagnose("plan/buildpack-uri-unsupported", { uri: entry.uri }, { file, keyPath: entry.keyPath }),
      );
      return undefined;
    }
  }

  function resolveNamed(id: string, version: string | undefined, keyPath: string): OrderEntry | undefined {
    const location = { file, keyPath };
    const versions = builder.buildpacks.get(id);
    if (versions === undefined) {
      const suggestion = closest(id, [...builder.buildpacks.keys()]);
      found.push(diagnose("plan/buildpack-unknown", { id, suggestion }, location));
      return undefined;
    }
    if (version !== undefined && !versions.includes(version)) {
      found.push(diagnose("plan/buildpack-version-unknown", { id, version, versions }, location));
      return undefined;
    }
    return { id, ...(version === undefined ? {} : { version }), optional: false };
  }
}

/** The lifecycle wants a version on every entry; a builder's label may leave it out where there is only one. */
function fillVersion(
  entry: OrderEntry,
  builder: BuilderMetadata,
  file: string,
  found: Diagnostic[],
): OrderEntry {
  if (entry.version !== undefined) return entry;
  const versions = builder.buildpacks.get(entry.id) ?? [];
  const [version] = versions;
  if (version === undefined || versions.length > 1) {
    found.push(diagnose("plan/buildpack-version-open", { id: entry.id, versions }, { file }));
    return entry;
  }
  return { id: entry.id, version, optional: entry.optional };
}
