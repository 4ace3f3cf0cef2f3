import type { Buildpacks, Order, OrderEntry } from "../../builder/buildpack-info.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../../diagnostics/diagnostic.ts";
import type { AddedModule } from "../../modules/gathered-modules.ts";
import { lookUp } from "./order-checks.ts";

interface MissingRequest {
  /** Without composites that contain themselves. */
  readonly order: Order;
  readonly buildpacks: Buildpacks;
  readonly modules: readonly AddedModule[];
  readonly builderName: string;
}

/**
 * Buildpacks that the order, or a composite in it, names and that are nowhere: the lifecycle ends detection with an error
 * as soon as it comes to one. Errors for those that it comes to first of all, warnings for those in groups that it tries
 * only where the ones before do not fit. A builder whose labels name no buildpacks says nothing.
 */
export function missingBuildpacks({ order, buildpacks, modules, builderName }: MissingRequest): Diagnostic[] {
  if (buildpacks.size === 0) return [];
  const found = new Map<string, Diagnostic>();
  const done = new Set<string>();
  const visit = (groups: Order, parent: string, location: SourceLocation, isFirst: boolean): void => {
    for (const [index, group] of groups.entries()) {
      for (const entry of group) one(entry, parent, location, isFirst && index === 0);
    }
  };
  const one = (entry: OrderEntry, parent: string, location: SourceLocation, isFirst: boolean): void => {
    const info = lookUp(entry, buildpacks);
    const name = nameOf(entry);
    const key = `${parent} ${name}`;
    if (info === undefined) {
      const versions = (buildpacks.get(entry.id) ?? []).map(({ version }) => version);
      const values = { buildpack: name, parent, versions };
      const code = isFirst ? "plan/buildpack-missing" : "plan/buildpack-missing-later";
      if (isFirst || !found.has(key)) found.set(key, diagnose(code, values, location));
      return;
    }
    const visited = `${nameOf(info)} ${isFirst}`;
    if (info.order.length === 0 || done.has(visited)) return;
    done.add(visited);
    visit(info.order, nameOf(info), placeOf(info, modules) ?? location, isFirst);
  };
  visit(order, builderName, { file: builderName }, true);
  return [...found.values()];
}

/** The entry of the project that brings a buildpack in. Undefined: the builder has it. */
function placeOf(
  { id, version }: Pick<OrderEntry, "id" | "version">,
  modules: readonly AddedModule[],
): SourceLocation | undefined {
  return modules.find(({ buildpacks }) => buildpacks.some((own) => own.id === id && own.version === version))
    ?.location;
}

function nameOf({ id, version }: Pick<OrderEntry, "id" | "version">): string {
  return version === undefined ? id : `${id}@${version}`;
}
