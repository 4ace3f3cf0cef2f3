import * as v from "valibot";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { record } from "../../src/image/record.ts";
import type { CacheImport } from "../bridge/gateway.ts";
import type { FrontendOptions } from "./options.ts";

/** As Go writes it, which says `null` for an empty list. */
const cacheImportsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.nullable(v.array(v.object({ Type: v.string(), Attrs: v.nullish(record(v.string(), v.string())) }))),
  v.transform((entries) => (entries ?? []).map(({ Type, Attrs }) => ({ type: Type, attrs: Attrs ?? {} }))),
);

/**
 * Caches to look into: `cache-imports`, or registries alone from clients of long ago. Throws CompileError for what is no
 * such list.
 */
export function readCacheImports({ values }: FrontendOptions): CacheImport[] {
  const text = values["cache-imports"] ?? "";
  const references = (values["cache-from"] ?? "").split(",").filter((reference) => reference !== "");
  const { success, output } = v.safeParse(cacheImportsSchema, text === "" ? "null" : text);
  if (!success) {
    throw new CompileError([
      diagnose("frontend/bad-cache-imports", undefined, { file: "--opt cache-imports" }),
    ]);
  }
  return [...output, ...references.map((ref) => ({ type: "registry", attrs: { ref } }))];
}
