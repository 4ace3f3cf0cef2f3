import { delimiter, dirname, join } from "node:path";
import { present } from "../../../present.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where git is started from. */
export interface GitSurroundings {
  /** Of this process, which its programs get. */
  readonly env: Variables;
  /** Whether somebody sits at a terminal and can be asked. */
  readonly hasTerminal: boolean;
}

/** What git is handed by hooks and aliases: it would name the repository that runs us. Source: git-rev-parse(1), `--local-env-vars`. */
const repositoryVariables = [
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"],
  ...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"],
  ...["GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_TEMPLATE_DIR"],
];

/** Protocols that a fetch may use. `file` is git's word for repositories of this machine. Source: git(1), GIT_ALLOW_PROTOCOL. */
export const networkProtocols = ["https", "http", "ssh", "git"] as const;

/**
 * Of every call. Hooks, and programs that watch files, have no business in a fetch; git's own protections are on wherever
 * they are not by default; objects are checked, but for faults that old commits of honest repositories have.
 * Source of those: Gitaly's configuration of git.
 */
export const ownSettings = [
  ...["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.protectHFS=true", "core.protectNTFS=true"],
  ...["core.autocrlf=false", "advice.detachedHead=false", "gc.auto=0", "maintenance.auto=false"],
  ...["fetch.fsckObjects=true", "fetch.fsck.badTimezone=ignore", "fetch.fsck.missingSpaceBeforeDate=ignore"],
  ...["fetch.fsck.zeroPaddedFilemode=ignore", "fetch.recurseSubmodules=false", "submodule.recurse=false"],
  // What comes lies in one file that grows, as it comes; large files do not lie in memory; no other server is asked.
  ...["fetch.unpackLimit=1", "transfer.unpackLimit=1", "core.bigFileThreshold=64m"],
  ...["fetch.uriProtocols=", "transfer.bundleURI=false", "core.logAllRefUpdates=false"],
];

/** curl gives up on a server that is silent; a limit of the user's own stays. Source: git-config(1), `http.lowSpeedTime`. */
export function silenceSettings(settings: GitSettings, silenceMs: number): readonly string[] {
  if (settings.has("http.lowspeedlimit") || settings.has("http.lowspeedtime")) return [];
  return ["http.lowSpeedLimit=1", `http.lowSpeedTime=${Math.max(1, Math.ceil(silenceMs / 1000))}`];
}

/** The user's own settings, as far as they decide what we may do. Names as git lists them. */
export type GitSettings = ReadonlyMap<string, readonly string[]>;

/** In: what `git config --null --list` prints. A setting without a value is true. */
export function readSettings(listed: string): GitSettings {
  const settings = new Map<string, string[]>();
  for (const entry of listed.split("\0").filter((text) => text !== "")) {
    const end = entry.indexOf("\n");
    const name = end === -1 ? entry : entry.slice(0, end);
    settings.set(name, [...(settings.get(name) ?? []), end === -1 ? "true" : entry.slice(end + 1)]);
  }
  return settings;
}

/** What git may do on its way to a server. */
export interface Connection {
  /** That may be used. */
  readonly protocols: readonly string[];
  readonly settings: GitSettings;
  /** Whether the user wrote the URL; else a repository did. */
  readonly isOwnUrl: boolean;
}

/**
 * What may be used of the protocols: those that the user forbids stay forbidden.
 * Source: git-config(1), `protocol.<name>.allow`; git(1), GIT_ALLOW_PROTOCOL.
 */
function allowedProtocols(
  { protocols, settings, isOwnUrl }: Connection,
  { GIT_ALLOW_PROTOCOL: listed }: Variables,
): string[] {
  if (listed !== undefined) return protocols.filter((name) => listed.split(":").includes(name));
  return protocols.filter((name) => {
    const allow = settings.get(`protocol.${name}.allow`) ?? settings.get("protocol.allow");
    return allow?.at(-1) !== "never" && (isOwnUrl || allow?.at(-1) !== "user");
  });
}

/**
 * For git as it connects: with the user's own configuration, since helpers, ssh, proxies and CAs are in it. In: our
 * directory.
 */
export function connectingVariables(
  root: string,
  connection: Connection,
  { env, hasTerminal }: GitSurroundings,
): Variables {
  return {
    ...Object.fromEntries(repositoryVariables.map((name) => [name, undefined])),
    GIT_CEILING_DIRECTORIES: ceilings(root),
    GIT_ALLOW_PROTOCOL: allowedProtocols(connection, env).join(":"),
    // Nobody is there to answer where standard input is no terminal; a question would be waited for without an end.
    ...(hasTerminal ? {} : { GIT_TERMINAL_PROMPT: "0", ...silentSsh(connection.settings, env) }),
  };
}

/** ssh that asks nothing, where the user has no command of his own. */
function silentSsh(
  settings: GitSettings,
  { GIT_SSH_COMMAND: command, GIT_SSH: program }: Variables,
): Variables {
  if (command !== undefined || program !== undefined || settings.has("core.sshcommand")) return {};
  return { GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=4" };
}

/** Our directory may lie in somebody's repository, whose configuration is none of ours. */
function ceilings(root: string): string {
  return [root, dirname(root)].join(delimiter);
}

/**
 * For git as it writes files: without anybody's configuration. A tree's .gitattributes can name a filter that the user's
 * has a program for (Git LFS), and that program would run on what the tree says; files are the same on every machine, too.
 * In: our directory, in which there is no home.
 */
export function closedVariables(root: string, env: Variables): Variables {
  const inherited = Object.keys(env).filter((name) => name.startsWith("GIT_"));
  const home = join(root, "home");
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    ...present({ GIT_EXEC_PATH: env.GIT_EXEC_PATH }),
    ...{ HOME: home, XDG_CONFIG_HOME: home, GIT_CONFIG_NOSYSTEM: "1", GIT_ATTR_NOSYSTEM: "1" },
    ...{
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_CEILING_DIRECTORIES: ceilings(root),
    },
    ...{ GIT_ALLOW_PROTOCOL: "", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0" },
  };
}
