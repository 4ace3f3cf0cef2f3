import { type ArgumentOption, argumentNames, readSwitch } from "../../src/options/build-arguments.ts";

/**
 * What the client asked for: the options of a frontend by name, as `filename`, `platform`, `build-arg:NAME`, and the
 * session through which its files are reached.
 */
export interface FrontendOptions {
  readonly values: Readonly<Record<string, string>>;
  readonly sessionId: string;
}

/**
 * Reads the environment of the frontend's process, in which `BUILDKIT_FRONTEND_OPT_<n>` is `name=value`. Sorted: BuildKit numbers them in
 * another order each time, and what is made of them in that order would not be found in a cache.
 */
export function readFrontendOptions(env: NodeJS.ProcessEnv): FrontendOptions {
  const values = Object.entries(env).flatMap(([name, text = ""]) => {
    if (!name.startsWith("BUILDKIT_FRONTEND_OPT_")) return [];
    const at = text.indexOf("=");
    return [[text.slice(0, at), text.slice(at + 1)] as const];
  });
  const sorted = values.sort(([one], [other]) => (one < other ? -1 : 1));
  return { values: Object.fromEntries(sorted), sessionId: env.BUILDKIT_SESSION_ID ?? "" };
}

/** Options of one kind by the name behind its prefix: `build-arg:`, `label:`, `context:`. */
export function optionsWith({ values }: FrontendOptions, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    ),
  );
}

/** What a build argument of ours says. Undefined: nothing, as an empty one does. */
export function argumentOf(
  { values }: Pick<FrontendOptions, "values">,
  option: ArgumentOption,
): string | undefined {
  return values[`build-arg:${argumentNames[option]}`] || undefined;
}

/** Whether the buildpacks are to see `.git`. What is neither on nor off counts as off; options of ours are checked elsewhere. */
export function keepsGitDirectory(options: FrontendOptions): boolean {
  const { "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR": fetched = "" } = options.values;
  return readSwitch(argumentOf(options, "keepGitDirectory") ?? fetched) === true;
}

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
  "build-arg:BUILDKIT_GIT_ADVICE",
];
const proxyArgument = /^build-arg:(?:https?|ftp|no|all)_proxy$/i;

/** Kinds of options that are handed on; labels are for stages that are built as they are. */
const handedOnKinds = ["label:", "local-sessionid:", "context:", "input-metadata:"];

/** Options that this program reads itself. */
const read = [
  ...["cmdline", "context", "contextsubdir", "dockerfilekey", "filename", "frontend.caps", "multi-platform"],
  ...["platform", "requestid", "source", "target"],
];
/** Kinds of them, and what BuildKit or its clients read where we need not: attestations, the place in git, shared keys. */
const readKinds = ["build-arg:", "attest:", "input:", "sharedkey:localdir:", "vcs:"];

/** Every option that somebody reads, whether by its name or by the beginning of it. */
export function isKnownOption(name: string): boolean {
  return isHandedOn(name) || read.includes(name) || readKinds.some((kind) => name.startsWith(kind));
}

/** Names of options, for who has misspelt one. */
export const optionNames: readonly string[] = [...read, ...handedOn];

/** Whether BuildKit's own Dockerfile frontend is told of an option. */
export function isHandedOn(name: string): boolean {
  return (
    handedOn.includes(name) || proxyArgument.test(name) || handedOnKinds.some((kind) => name.startsWith(kind))
  );
}

/**
 * What BuildKit's own Dockerfile frontend is told of the client's options. Not: the file and its place, which are ours;
 * `source`, `cmdline` and BUILDKIT_SYNTAX, by which it would call us again; attestations, which are of the whole build.
 */
export function dockerfileOptions({ values }: FrontendOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => isHandedOn(name)));
}

/** Of them, what is about steps alone: how they run, and which proxies they have. For Dockerfiles that are not the project's. */
export function stepOptions(options: FrontendOptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dockerfileOptions(options)).filter(
      ([name]) => name !== "no-cache" && !handedOnKinds.some((kind) => name.startsWith(kind)),
    ),
  );
}

/**
 * Keeps BuildKit's Dockerfile frontend from handing a file to the frontend of a `# syntax=` line in it, in any spelling that
 * BuildKit knows: that one would run in our place, out of reach of cache scopes. It looks for a line only where the client's
 * command line is not told.
 */
export const noOtherFrontend = { cmdline: "dockerfile.v0" } as const;

/** Build arguments for a Dockerfile in which people may have written instructions of their own. */
export function dockerfileArguments({ values }: FrontendOptions): Record<string, string> {
  const ours = ["build-arg:BUILDKIT_SYNTAX", "build-arg:BUILDKIT_MULTI_PLATFORM"];
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => name.startsWith("build-arg:") && !ours.includes(name)),
  );
}
