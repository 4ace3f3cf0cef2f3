import { createHash } from "node:crypto";
import type { ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../diagnostics/diagnostic.ts";
import { badCacheScope, parseCacheScope } from "../options/values/cache-scope.ts";
import { present } from "../present.ts";
import type { CachePlan } from "./lifecycle-plan.ts";
import type { CompileOptions, GitPlace, Origin } from "./options.ts";

type CacheOptions = Pick<CompileOptions, "cacheId" | "cacheImage" | "cacheScope" | "fallbackCacheId">;

/** What is known of where a project comes from. */
interface KnownPlace {
  /** Absent: not a clone with a remote, or nobody needed to know. */
  readonly git?: GitPlace;
  /** Absent: nobody says, or nobody needed to know. */
  readonly origin?: Origin;
}

/**
 * Chooses the id of the app's cache mount. Two apps that share one destroy each other's cache, so it comes from what
 * tells the app from every other, never from text that two projects can have alike.
 * In order: the option, the project's id with its origin, the git remote with the sub-directory, an id that nobody else
 * has (a warning). A scope stands beside it: within one, a project's id counts alone.
 */
export function planCache(
  descriptor: ProjectDescriptor | undefined,
  options: CacheOptions,
  place: KnownPlace,
  report: Report,
): CachePlan {
  const scope = options.cacheScope === undefined ? undefined : parseCacheScope(options.cacheScope);
  if (options.cacheScope !== undefined && scope === undefined) {
    throw new CompileError([badCacheScope(options.cacheScope, "--cache-scope")]);
  }
  const plan = planId(descriptor, options, scope === undefined ? place : withoutOrigin(place), report);
  return { ...plan, ...present({ scope, image: options.cacheImage ?? descriptor?.cacheImage }) };
}

function withoutOrigin({ git }: KnownPlace): KnownPlace {
  return git === undefined ? {} : { git };
}

function planId(
  descriptor: ProjectDescriptor | undefined,
  { cacheId, fallbackCacheId }: CacheOptions,
  { git, origin }: KnownPlace,
  report: Report,
): CachePlan {
  if (cacheId !== undefined) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(cacheId)) {
      throw new CompileError([diagnose("plan/bad-cache-id", { cacheId }, { file: "--cache-id" })]);
    }
    return { id: cacheId, derivedFrom: "option" };
  }
  if (descriptor?.id !== undefined && origin?.kind !== "unknown") {
    return { id: projectId(descriptor.id, origin), derivedFrom: "project id" };
  }
  if (git !== undefined) {
    const { subdirectory } = git;
    const remote = nameRemote(git.remote);
    const shown = remote.shown + (subdirectory === "" ? "" : `/${subdirectory}`);
    // Two descriptors in one directory are two apps.
    const file = descriptor === undefined || descriptor.file === "project.toml" ? "" : descriptor.file;
    return {
      id: readableId(shown, `git\n${remote.key}\n${subdirectory}\n${file}`),
      derivedFrom: "git remote",
    };
  }
  const file = descriptor?.file ?? "project.toml";
  report(
    descriptor?.id === undefined
      ? diagnose("plan/cache-id-unknown", { id: fallbackCacheId }, { file })
      : diagnose("plan/cache-id-unplaced", { id: descriptor.id }, { file }),
  );
  return { id: fallbackCacheId, derivedFrom: "nothing" };
}

/** A project can call itself as another does: its id counts only together with where it comes from, if that is known. */
function projectId(id: string, origin: Exclude<Origin, { readonly kind: "unknown" }> | undefined): string {
  if (origin === undefined) return readableId(id, `project id\n${id}`);
  const place = origin.kind === "git" ? nameRemote(origin.remote).key : origin.key;
  // Who chooses the id can try many of them: 48 bits of the hash would be found again within hours.
  return readableId(id, JSON.stringify([origin.kind, place, id]), 32);
}

/** A name that people recognise, and a hash of the whole key that keeps different keys apart. */
function readableId(name: string, key: string, hashLength = 12): string {
  const slug = name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 60);
  const hash = createHash("sha256").update(key).digest("hex").slice(0, hashLength);
  return slug === "" ? `app-${hash}` : `${slug}-${hash}`;
}

/** What tells a remote from others, and what of it may be shown: never a name, password or token of somebody. */
interface RemoteName {
  readonly key: string;
  readonly shown: string;
}

/** Ports that need not be written; the URL parser knows those of the web. */
const defaultPorts: Readonly<Record<string, string>> = { "ssh:": "22", "git:": "9418" };

/** One key for all spellings of a remote (https, ssh, with and without `.git`), so that every clone has the same. */
function nameRemote(remote: string): RemoteName {
  // `HELPER::ADDRESS` names a program of git's that fetches.
  const address = remote.replace(/^[A-Za-z][\w+.-]*::/, "");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    const url = URL.parse(address);
    return url === null ? { key: `odd:${address}`, shown: "" } : nameUrl(url);
  }
  const [, user = "", host, path = ""] =
    /^(?:([^@/:\s]+)@)?(\[[^\]\s]+\]|[^/:@\s[\]]+):(.+)$/.exec(address) ?? [];
  if (host === undefined) return nameDirectory(address);
  return nameHosted(host, path, user);
}

function nameUrl(url: URL): RemoteName {
  if (url.protocol === "file:") return nameDirectory(url.pathname);
  const port = url.port === "" || url.port === defaultPorts[url.protocol] ? "" : `:${url.port}`;
  return nameHosted(
    `${url.hostname}${port}`,
    url.pathname,
    url.pathname.startsWith("/~") ? url.username : "",
  );
}

/** A path that does not begin at the server's root begins in somebody's home; forges have one user, `git`, for all. */
function nameHosted(host: string, path: string, user: string): RemoteName {
  const home = path.startsWith("/") && !path.startsWith("/~") ? "" : user;
  const name = `${host.toLowerCase()}/${cleanPath(path)}`;
  return { key: home === "" || home === "git" ? name : `${home}@${name}`, shown: name };
}

/** A remote on this machine's disk shows only its last part. */
function nameDirectory(path: string): RemoteName {
  const clean = cleanPath(path);
  return { key: `file:${clean}`, shown: clean.split("/").at(-1) ?? "" };
}

function cleanPath(path: string): string {
  return path
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .replace(/^\/+/, "");
}
