import { present } from "../../../present.ts";
import { parseRemote, unprintable } from "./git-remote.ts";

/** A state of a repository, and a directory of it. */
export interface GitUrl {
  readonly kind: "url";
  /** With the credentials that it came with. */
  readonly remote: string;
  /** Whether it is a repository of this machine. */
  readonly isLocal: boolean;
  /** Branch, tag or commit; absent: what the repository points at. */
  readonly ref?: string;
  /** Below the repository's root, with `/`; empty: the root. */
  readonly directory: string;
}

/** What git must not be handed, and why. */
interface RefusedGitUrl {
  readonly kind: "refused";
  /** A clause for behind a colon. */
  readonly reason: string;
  /** What was written, as it may be shown. */
  readonly shown: string;
}

/** Keys of a URL's query that say the same as what stands behind `#`. Source: BuildKit, "Git URL context", query form. */
const refKeys = ["ref", "branch", "tag", "commit"] as const;

/** Whether docker would take a source for a git repository. Source: Docker build, "Build context", git. */
export function isGitUrl(text: string): boolean {
  if (/^(?:git@[^/]+:|git:\/\/|ssh:\/\/|github\.com\/)/.test(text)) return true;
  return /^https?:\/\/[^?#]+\.git(?:[?#]|$)/.test(text);
}

/**
 * Reads `URL[#REF[:DIRECTORY]]`, or the same as a query: `URL?branch=REF&subdir=DIRECTORY`. Refuses what git or ssh could
 * take for an option or a command, what leads out of the repository, and what contradicts itself.
 */
export function parseGitUrl(text: string): GitUrl | RefusedGitUrl {
  const refused = (reason: string, shown = withoutCredentials(text)): RefusedGitUrl => ({
    ...{ kind: "refused", reason, shown },
  });
  const [url = "", fragment = ""] = split(text, "#");
  const [address = "", query = ""] = split(url, "?");
  const asked = new URLSearchParams(query);
  const ours = [...asked.keys()].filter((key) => key === "subdir" || refKeys.some((name) => name === key));
  if (ours.length > 0 && [...asked.keys()].some((key) => !ours.includes(key))) {
    return refused("its query has keys other than ref, branch, tag, commit and subdir");
  }
  const [ref = "", directory = ""] = split(fragment, ":");
  const refs = [ref, ...refKeys.flatMap((key) => asked.getAll(key))].filter((one) => one !== "");
  const directories = [directory, ...asked.getAll("subdir")].filter((one) => one !== "");
  if (new Set(refs).size > 1) return refused("it names more than one branch, tag or commit");
  if (new Set(directories).size > 1) return refused("it names more than one directory");
  const clean = (directories[0] ?? "").replace(/^\/+|\/+$/g, "");
  const named = ours.length === 0 ? url : address;
  const remote = named.startsWith("github.com/") ? `https://${named}` : named;
  const read = parseRemote(remote);
  if (read.kind === "refused") return refused(read.reason, withoutSecrets(text));
  const reason = refFault(refs[0]) ?? directoryFault(clean);
  if (reason !== undefined) return refused(reason);
  return {
    ...{ kind: "url", remote, isLocal: read.server === undefined },
    ...present({ ref: refs[0] }),
    directory: clean === "." ? "" : clean,
  };
}

/** Source: git-check-ref-format(1). What git-rev-parse(1) would reckon with (`~`, `^`, `@{`) is no name, either. */
function refFault(ref: string | undefined): string | undefined {
  if (ref === undefined) return undefined;
  if (ref.startsWith("-")) return "its branch, tag or commit begins with a dash";
  const isName =
    !unprintable.test(ref) &&
    !/[\s~^:?*[\\+]|\.\.|@\{|\/\/|^@$|^\/|\/$|\.$/.test(ref) &&
    !ref.split("/").some((part) => part.startsWith(".") || part.endsWith(".lock"));
  return isName ? undefined : "its branch, tag or commit has an invalid name";
}

function directoryFault(directory: string): string | undefined {
  const parts = directory.split("/");
  if (directory.startsWith("-")) return "its directory begins with a dash";
  if (unprintable.test(directory)) return "its directory has a control character";
  if (parts.includes("..")) return "its directory is outside the repository";
  if (parts.some((part) => part.toLowerCase() === ".git")) return "its directory is in .git";
  return undefined;
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
  const [, scheme = "", user = ""] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*@)/i.exec(remote) ?? [];
  const kept = /^(?:git\+)?ssh:/i.test(scheme) ? user.replace(/:.*@/, "@") : "";
  return scheme === "" ? remote : scheme + kept + remote.slice(scheme.length + user.length);
}

/** What is no URL, as it may be shown: wherever a password ends in it, that is before the last `@`. */
export function withoutSecrets(text: string): string {
  const at = text.lastIndexOf("@");
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text) ?? [];
  const before = text.slice(scheme.length, Math.max(at, scheme.length));
  return before.includes(":") || scheme !== "" ? scheme + text.slice(Math.max(at + 1, scheme.length)) : text;
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
