import { present } from "../present.ts";
import type { CatalogEntry } from "./catalog/entry.ts";
import { catalog, type DiagnosticCode } from "./catalog.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";

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
    ...present({ hint, location }),
  };
}

/** Whether a text is the code of one of our diagnostics. */
export function isDiagnosticCode(text: string): text is DiagnosticCode {
  return Object.hasOwn(catalog, text);
}
