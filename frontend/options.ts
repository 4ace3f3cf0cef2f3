import * as v from "valibot";
import type { CacheImport } from "./gateway.ts";

/**
 * What the client asked for: the options of a frontend by name, as `filename`, `platform`, `build-arg:NAME`, and the
 * session through which its files are reached.
 */
export interface FrontendOptions {
  readonly values: Readonly<Record<string, string>>;
  readonly sessionId: string;
}

/** Reads the environment of the frontend's process, in which `BUILDKIT_FRONTEND_OPT_<n>` is `name=value`. */
export function readFrontendOptions(env: NodeJS.ProcessEnv): FrontendOptions {
  const values = Object.entries(env).flatMap(([name, text = ""]) => {
    if (!name.startsWith("BUILDKIT_FRONTEND_OPT_")) return [];
    const at = text.indexOf("=");
    return [[text.slice(0, at), text.slice(at + 1)] as const];
  });
  return { values: Object.fromEntries(values), sessionId: env.BUILDKIT_SESSION_ID ?? "" };
}

/** Options of one kind by the name behind its prefix: `build-arg:`, `label:`, `context:`. */
export function optionsWith({ values }: FrontendOptions, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );
}

/** Caches to look into: `cache-imports`, or registries alone from clients of long ago. */
export function cacheImportsOf({ values }: FrontendOptions): CacheImport[] {
  const json = values["cache-imports"] ?? "";
  const references = (values["cache-from"] ?? "").split(",").filter((reference) => reference !== "");
  return [
    ...(json === "" ? [] : v.parse(cacheImportsSchema, JSON.parse(json))),
    ...references.map((ref) => ({ type: "registry", attrs: { ref } })),
  ];
}

/** As Go writes it, which says `null` for an empty list. */
const cacheImportsSchema = v.pipe(
  v.nullable(v.array(v.object({ Type: v.string(), Attrs: v.nullish(v.record(v.string(), v.string())) }))),
  v.transform((entries) => (entries ?? []).map(({ Type, Attrs }) => ({ type: Type, attrs: Attrs ?? {} }))),
);

/** Options that act on every step of a build and mean the same here as in any Dockerfile build. */
const handedOn = [
  "add-hosts",
  "cgroup-parent",
  "cpuperiod",
  "cpuquota",
  "cpusetcpus",
  "cpusetmems",
  "cpushares",
  "force-network-mode",
  "hostname",
  "image-resolve-mode",
  "memory",
  "memswap",
  "no-cache",
  "shm-size",
  "ulimit",
  "contextkey",
  "cache-imports",
  "cache-from",
  "build-arg:BUILDKIT_CACHE_MOUNT_NS",
  "build-arg:BUILDKIT_SANDBOX_HOSTNAME",
  "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR",
];
const proxyArgument = /^build-arg:(?:https?|ftp|no|all)_proxy$/i;

/**
 * What BuildKit's own Dockerfile frontend is told of the client's options. Not: the file and its place, which are ours;
 * `source`, `cmdline` and BUILDKIT_SYNTAX, by which it would call us again; attestations, which are of the whole build.
 */
export function dockerfileOptions({ values }: FrontendOptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name]) =>
        handedOn.includes(name) ||
        proxyArgument.test(name) ||
        name.startsWith("local-sessionid:") ||
        name.startsWith("context:") ||
        name.startsWith("input-metadata:"),
    ),
  );
}
