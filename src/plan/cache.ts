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
    const remote = normalizeRemote(git.remote);
    const shown = remote.shown + (subdirectory === "" ? "" : `/${subdirectory}`);
    return { id: readableId(shown, `git\n${remote.key}\n${subdirectory}`), derivedFrom: "git remote" };
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

/**
 * One key for all spellings of a remote (https, ssh, with and without `.git` and credentials), so that every clone has
 * the same. A remote on this machine's disk shows only its last part.
 */
function normalizeRemote(url: string): { readonly key: string; readonly shown: string } {
  const withScheme =
    /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:[^/]*@)?(?<host>[^/:]*)(?::\d+)?\/*(?<path>.*)$/i.exec(url)?.groups;
  const likeScp = /^(?:[^@/:]+@)?(?<host>[^/:]+):(?!\/\/)(?<path>.*)$/.exec(url)?.groups;
  const { host = "", path = "" } = withScheme ?? likeScp ?? {};
  const clean = (text: string) =>
    text
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .replace(/^\/+/, "");
  if (host !== "" && withScheme?.scheme?.toLowerCase() !== "file") {
    const key = `${host.toLowerCase()}/${clean(path)}`;
    return { key, shown: key };
  }
  const local = clean(withScheme === undefined ? url : path);
  return { key: `file:${local}`, shown: local.split("/").at(-1) ?? "" };
}
