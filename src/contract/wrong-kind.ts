import { type ModuleKind, tomlOf } from "./module-kind.ts";

/** What is at a place that should hold a module: one, or none. */
type FoundKind =
  | { readonly kind: ModuleKind }
  | {
      readonly kind: "neither";
      /** Of an archive: where in it the file lies that should be at its root. */
      readonly nested?: { readonly directory: string; readonly kind: ModuleKind };
    };

/** Why a module is none of the other kind. */
export const otherKind: Readonly<Record<ModuleKind, string>> = {
  buildpack: "it is a buildpack, which `--buildpack` adds",
  extension: "it is an image extension, which `--extension` adds",
};

/** Why what was found is no module of the kind that is wanted, for a message. Undefined: it is one. */
export function whyNone(found: FoundKind, wanted: ModuleKind): string | undefined {
  if (found.kind !== "neither") return found.kind === wanted ? undefined : otherKind[found.kind];
  const lacking = `it has no ${tomlOf(wanted)}`;
  return found.nested?.kind === wanted
    ? `${lacking} at its root, but one in ${found.nested.directory}; archive the contents of that directory instead`
    : lacking;
}
