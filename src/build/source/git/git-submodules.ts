import { lstatSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../../diagnostics/diagnostic.ts";
import { present } from "../../../present.ts";
import type { GitBudget } from "./git-budget.ts";
import { splitCredentials } from "./git-credentials.ts";
import { type GitSettings, networkProtocols } from "./git-environment.ts";
import { isSameServer, placeOfRemote } from "./git-host.ts";
import type { GitProgram } from "./git-program.ts";
import { parseRemote } from "./git-remote.ts";
import { GitRepository } from "./git-repository.ts";
import type { TreeLink } from "./git-tree.ts";
import { withoutCredentials } from "./git-url.ts";

/** A repository in a repository, as it says itself. */
interface Submodule {
  /** Below the tree, with `/`. */
  readonly path: string;
  readonly commit: string;
  /** As .gitmodules has it; absent: it names none. */
  readonly url?: string;
  /** Whether .gitmodules says that it is never fetched. */
  readonly isLeftOut: boolean;
}

interface SubmoduleRequest {
  readonly git: GitProgram;
  readonly budget: GitBudget;
  readonly root: string;
  readonly tree: string;
  /** What that tree has. */
  readonly links: readonly TreeLink[];
  /** Of the repository in that tree, without credentials. */
  readonly remote: string;
  /** Of the one that the user named, with its credentials. */
  readonly userRemote: string;
  /** The tree, seen from that of the repository that the user named; empty: it is that. */
  readonly place: string;
  /** Whether they were asked for. */
  readonly isWanted: boolean;
  /** Whether each keeps its `.git`. */
  readonly keepsGitDirectory: boolean;
  readonly report: Report;
}

/**
 * Fetches the repositories that a tree names, and theirs, where that was asked for; says which directories stay empty.
 * Each is fetched from its own server, with what git finds for that one; a password of the user's URL goes to its own
 * server alone. Throws CompileError where one cannot be fetched.
 */
export async function fetchSubmodules(request: SubmoduleRequest): Promise<void> {
  const { git, budget, root, tree, links, place, isWanted, keepsGitDirectory, report } = request;
  const submodules = await listSubmodules(git, tree, links);
  const left = new Set(
    submodules.filter(({ isLeftOut, url }) => !isWanted || isLeftOut || url === undefined),
  );
  if (left.size > 0) {
    const paths = [...left].map(({ path }) => join(place, path));
    report(diagnose("cli/submodules-left-out", { paths, isWanted }, { file: "--git" }));
  }
  for (const submodule of submodules.filter((one) => !left.has(one))) {
    const { path, commit, url = "" } = submodule;
    const written = absoluteUrl(request.remote, url);
    const fault = (reason: string) => {
      const values = { path: join(place, path), url: withoutCredentials(written), reason };
      return new CompileError([diagnose("cli/bad-submodule", values, { file: "--git" })]);
    };
    const read = parseRemote(written);
    if (read.kind === "refused") throw fault(read.reason);
    if (read.server === undefined) throw fault("it is a repository on this machine");
    // Decided by what git gets, which is without credentials.
    const user = splitCredentials(request.userRemote);
    const own = splitCredentials(written);
    const network = placeOfRemote(own.remote);
    if (network !== "public" && network !== placeOfRemote(user.remote)) {
      const values = {
        path: join(place, path),
        url: withoutCredentials(written),
        place: nearPlaces[network],
      };
      throw new CompileError([diagnose("cli/submodule-host", values, { file: "--git" })]);
    }
    const directory = emptyDirectory(tree, path);
    if (directory === undefined) throw fault("its directory is a link or not empty");
    const isOwnServer = isSameServer(own.remote, user.remote);
    const header = isOwnServer ? undefined : unscopedHeader(await git.userSettings());
    if (header !== undefined) throw fault(`your git configuration sends ${header} to every server`);
    const logins = [own.credentials, isOwnServer ? user.credentials : undefined];
    const credentials = logins.find((one) => one?.password !== undefined) ?? logins.find(Boolean);
    const repository = new GitRepository(git, {
      ...{ remote: own.remote, writtenRemote: written, ref: commit, tree: directory, root, budget },
      access: {
        ...{ protocols: networkProtocols, isOwnUrl: false, asksPrograms: isOwnServer },
        ...present({ credentials }),
      },
    });
    const inner = await repository.checkOut();
    await fetchSubmodules({
      ...{ ...request, tree: directory, links: inner.links },
      ...{ remote: own.remote, place: join(place, path) },
    });
    if (!keepsGitDirectory) rmSync(join(directory, ".git"), { recursive: true, force: true });
  }
}

/** Where a repository from elsewhere leads nobody. */
const nearPlaces = {
  loopback: "on this machine",
  link: "at a link-local or metadata address",
  private: "in a private network",
} as const;

/** Read as data: the committed file. */
async function listSubmodules(
  git: GitProgram,
  tree: string,
  links: readonly TreeLink[],
): Promise<Submodule[]> {
  if (links.length === 0) return [];
  const words = ["config", "--blob", "HEAD:.gitmodules", "--null", "--list"];
  const { stdout: named } = await git.close(words, tree);
  const settings = new Map<string, Record<string, string>>();
  for (const entry of named.split("\0")) {
    const [, name, key, value = ""] = /^submodule\.(.*)\.(path|url|update)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || key === undefined) continue;
    settings.set(name, { ...settings.get(name), [key]: value });
  }
  const byPath = new Map([...settings.values()].reverse().map((one) => [one.path, one]));
  return links.map(({ path, commit }) => {
    const { url, update } = byPath.get(path) ?? {};
    return { path, commit, ...present({ url }), isLeftOut: update === "none" };
  });
}

/** As git resolves it. Source: git-submodule(1), "add"; `relative_url` in git's remote.c. */
function absoluteUrl(remote: string, url: string): string {
  if (!/^\.{1,2}\//.test(url)) return url;
  let [base, rest, separator] = [remote.replace(/\/+$/, ""), url, "/"];
  for (;;) {
    if (rest.startsWith("./")) rest = rest.slice(2);
    else if (rest.startsWith("../")) {
      rest = rest.slice(3);
      const at = base.includes("/") ? base.lastIndexOf("/") : base.lastIndexOf(":");
      separator = base[at] ?? "/";
      base = base.slice(0, Math.max(at, 0));
    } else return base + separator + rest.replace(/\/+$/, "");
  }
}

/** The directory that git has made for it; none where a link leads elsewhere, or something is in it. */
function emptyDirectory(tree: string, path: string): string | undefined {
  const directory = join(tree, path);
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true || realpathSync(directory) !== join(realpathSync(tree), path))
    return undefined;
  return readdirSync(directory).length === 0 ? directory : undefined;
}

/** A header for every server is often a login for one. Source: git-config(1), `http.extraHeader`, `http.<url>.*`. */
function unscopedHeader(settings: GitSettings): string | undefined {
  const values = settings.get("http.extraheader") ?? [];
  const last = values.lastIndexOf("");
  return values.length - 1 > last ? "`http.extraHeader`" : undefined;
}
