import * as v from "valibot";
import type { CacheImport } from "./gateway.ts";

/** What BuildKit hands to a frontend beside the connection. */
export interface FrontendOptions {
  /** `build-arg:NAME`, `platform`, `filename`, …: what the client asked for. */
  readonly values: Readonly<Record<string, string>>;
  readonly sessionId: string;
}

/** Reads the environment of the frontend's process: `BUILDKIT_FRONTEND_OPT_<n>` is `key=value`. */
export function readFrontendOptions(env: NodeJS.ProcessEnv): FrontendOptions {
  const values = Object.entries(env).flatMap(([name, text = ""]) => {
    if (!name.startsWith("BUILDKIT_FRONTEND_OPT_")) return [];
    const at = text.indexOf("=");
    return [[text.slice(0, at), text.slice(at + 1)] as const];
  });
  return { values: Object.fromEntries(values), sessionId: env.BUILDKIT_SESSION_ID ?? "" };
}

/** Caches that the client named; older ones name registries only. */
export function cacheImportsOf({ values }: FrontendOptions): CacheImport[] {
  const json = values["cache-imports"] ?? "";
  const references = (values["cache-from"] ?? "").split(",").filter((reference) => reference !== "");
  return [
    ...(json === "" ? [] : v.parse(cacheImportsSchema, JSON.parse(json))),
    ...references.map((ref) => ({ type: "registry", attrs: { ref } })),
  ].map(({ type, attrs }) => ({ type, attrs }));
}

const cacheImportsSchema = v.pipe(
  v.nullable(
    v.array(v.object({ Type: v.string(), Attrs: v.optional(v.nullable(v.record(v.string(), v.string()))) })),
  ),
  v.transform((entries) => (entries ?? []).map(({ Type, Attrs }) => ({ type: Type, attrs: Attrs ?? {} }))),
);
