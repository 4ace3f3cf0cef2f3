/** A state of a repository, and a directory of it. */
export interface GitUrl {
  readonly remote: string;
  /** Branch, tag or commit; absent: what the repository points at. */
  readonly ref?: string;
  /** Below the repository's root, with `/`; empty: the root. */
  readonly directory: string;
}

/** Keys of a URL's query that say the same as what stands behind `#`. Source: BuildKit, "Git URL context", query form. */
const refKeys = ["ref", "branch", "tag", "commit"] as const;

/** Whether docker would take a source for a git repository. Source: Docker build, "Build context", git. */
export function isGitUrl(text: string): boolean {
  if (/^(?:git@[^/]+:|git:\/\/|ssh:\/\/|github\.com\/)/.test(text)) return true;
  return /^https?:\/\/[^?#]+\.git(?:[?#]|$)/.test(text);
}

/**
 * Reads `URL[#REF[:DIRECTORY]]`, or the same as a query: `URL?branch=REF&subdir=DIRECTORY`. Undefined: the directory
 * leads out of the repository, or what is said contradicts itself.
 */
export function parseGitUrl(text: string): GitUrl | undefined {
  const [url = "", fragment = ""] = split(text, "#");
  const [address = "", query = ""] = split(url, "?");
  const asked = new URLSearchParams(query);
  const ours = [...asked.keys()].filter((key) => key === "subdir" || refKeys.some((name) => name === key));
  for (const key of ours.length === 0 ? [] : [...new Set(asked.keys())])
    if (!ours.includes(key)) return undefined;
  const [ref = "", directory = ""] = split(fragment, ":");
  const refs = [ref, ...refKeys.flatMap((key) => asked.getAll(key))].filter((one) => one !== "");
  const directories = [directory, ...asked.getAll("subdir")].filter((one) => one !== "");
  if (new Set(refs).size > 1 || new Set(directories).size > 1) return undefined;
  const clean = (directories[0] ?? "").replace(/^\/+|\/+$/g, "");
  if (clean.split("/").includes("..")) return undefined;
  const remote = ours.length === 0 ? url : address;
  if (remote === "" || remote.startsWith("-")) return undefined;
  return {
    remote: remote.startsWith("github.com/") ? `https://${remote}` : remote,
    ...(refs[0] === undefined ? {} : { ref: refs[0] }),
    directory: clean === "." ? "" : clean,
  };
}

/** The name of a repository: the last part of its path. */
export function repositoryName(remote: string): string {
  const path = remote.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return (
    path
      .split(/[/:]/)
      .at(-1)
      ?.replace(/\.git$/, "") ?? ""
  );
}

/** A URL as it may be shown and recorded. The user of ssh, mostly `git`, is a part of the address. */
export function withoutCredentials(remote: string): string {
  const [, scheme = "", user = ""] = /^([a-z][a-z0-9+.-]*:\/\/)([^@/]*@)/i.exec(remote) ?? [];
  const kept = /^(?:git\+)?ssh:/i.test(scheme) ? user.replace(/:[^@]*/, "") : "";
  return scheme === "" ? remote : scheme + kept + remote.slice(scheme.length + user.length);
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
