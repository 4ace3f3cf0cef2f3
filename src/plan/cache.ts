import { createHash } from "node:crypto";
import type { ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../diagnostics/diagnostic.ts";
import type { CachePlan } from "./lifecycle-plan.ts";
import type { CompileOptions, GitPlace } from "./options.ts";

/**
 * Chooses the id of the app's cache mount. Two apps that share one destroy each other's cache, so it comes from what
 * tells the app from every other, never from text that two projects can have alike.
 * In order: the option, the project's id, the git remote with the sub-directory, an id that nobody else has (a warning).
 */
export function planCache(
  descriptor: ProjectDescriptor | undefined,
  { cacheId, fallbackCacheId }: Pick<CompileOptions, "cacheId" | "fallbackCacheId">,
  git: GitPlace | undefined,
  report: Report,
): CachePlan {
  if (cacheId !== undefined) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(cacheId)) {
      throw new CompileError([diagnose("plan/bad-cache-id", { cacheId }, { file: "--cache-id" })]);
    }
    return { id: cacheId, derivedFrom: "option" };
  }
  if (descriptor?.id !== undefined) {
    return { id: readableId(descriptor.id, `project id\n${descriptor.id}`), derivedFrom: "project id" };
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
  report(
    diagnose("plan/cache-id-unknown", { id: fallbackCacheId }, { file: descriptor?.file ?? "project.toml" }),
  );
  return { id: fallbackCacheId, derivedFrom: "nothing" };
}

/** A name that people recognise, and a hash of the whole key that keeps different keys apart. */
function readableId(name: string, key: string): string {
  const slug = name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 60);
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 12);
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
