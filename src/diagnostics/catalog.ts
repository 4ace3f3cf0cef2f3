import { builderCatalog } from "./catalog/builder.ts";
import { cliCatalog } from "./catalog/cli.ts";
import { descriptorCatalog } from "./catalog/descriptor.ts";
import { emitCatalog } from "./catalog/emit.ts";
import type { CatalogEntry } from "./catalog/entry.ts";
import { exportCatalog } from "./catalog/export.ts";
import { planCatalog } from "./catalog/plan.ts";
import { registryCatalog } from "./catalog/registry.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";

/** Every diagnostic there is, by code. A room's entries stand in `catalog/<room>.ts`. */
export const catalog = {
  ...descriptorCatalog,
  ...builderCatalog,
  ...planCatalog,
  ...emitCatalog,
  ...registryCatalog,
  ...exportCatalog,
  ...cliCatalog,
};

export type DiagnosticCode = keyof typeof catalog;

type ValuesOf<Code extends DiagnosticCode> =
  (typeof catalog)[Code] extends CatalogEntry<infer Values> ? Values : never;

/** Fills in the text of `code`. The location may be absent only where there is none to name. */
export function diagnose<Code extends DiagnosticCode>(
  code: Code,
  values: ValuesOf<Code>,
  location?: SourceLocation,
): Diagnostic {
  const entry = catalog[code] as CatalogEntry<ValuesOf<Code>>;
  const hint = entry.hint?.(values);
  return {
    code,
    severity: entry.severity,
    message: entry.message(values),
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  };
}
