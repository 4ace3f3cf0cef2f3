import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { followLinks } from "../../files/follow-links.ts";
import { isBelow } from "../../files/is-below.ts";
import { CompileError, type Diagnostic, diagnose } from "../../index.ts";
import {
  closedVariables,
  connectingVariables,
  type GitSettings,
  networkProtocols,
  ownSettings,
  readSettings,
} from "./git-environment.ts";
import { type GitUrl, parseGitUrl, repositoryName, withoutCredentials } from "./git-url.ts";
import type { Source } from "./source.ts";

export interface GitWish {
  /** Whether `.git` is to stay. */
  readonly keepsGitDirectory: boolean;
  /** Whether the repository may be one of this machine. */
  readonly allowsLocal: boolean;
}

/**
 * Fetches a state of a repository with this machine's git: its credential helpers, ssh agent, proxies and CAs are the
 * user's, and none of them reaches BuildKit. Throws CompileError where git must not be asked, is not there or refuses.
 */
export async function openGit(text: string, { keepsGitDirectory, allowsLocal }: GitWish): Promise<Source> {
  const url = readUrl(text, allowsLocal);
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-git-")));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const tree = join(root, "tree");
    const fetched = new GitFetch(url, root, tree);
    const { commit, time } = await fetched.run();
    const remote = withoutCredentials(url.remote);
    if (!keepsGitDirectory) rmSync(join(tree, ".git"), { recursive: true, force: true });
    return {
      directory: directoryIn(tree, url),
      name: url.directory.split("/").at(-1) || repositoryName(url.remote),
      isFetched: true,
      git: { remote, subdirectory: url.directory },
      revision: { remote, commit, time, refs: url.ref === undefined ? [] : [url.ref] },
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function readUrl(text: string, allowsLocal: boolean): GitUrl {
  const read = parseGitUrl(text);
  if (read.kind === "refused") {
    const { shown, reason } = read;
    throw fault(diagnose("cli/bad-git-url", { text: shown, reason }, { file: "--git" }));
  }
  if (!read.isLocal) return read;
  if (!allowsLocal) throw fault(diagnose("cli/local-git-url", { text: read.remote }, { file: "--git" }));
  return { ...read, remote: read.remote.startsWith("file:") ? read.remote : resolve(read.remote) };
}

function fault(diagnostic: Diagnostic): CompileError {
  return new CompileError([diagnostic]);
}

/** The directory that was asked for; a link may not lead out of what was fetched. */
function directoryIn(tree: string, { remote, directory }: GitUrl): string {
  const { path, stats } = followLinks(join(tree, directory));
  if (stats?.isDirectory() !== true || !isBelow(path, followLinks(tree).path)) {
    const place = { directory, remote: withoutCredentials(remote) };
    throw fault(diagnose("cli/no-git-directory", place, { file: "--git" }));
  }
  return path;
}

/** Where the state that was asked for lies until it is checked out. */
const fetchedRef = "refs/cnb-dockerfile/source";

interface Answer {
  readonly isSuccess: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** One state of one repository on its way here. */
class GitFetch {
  private readonly url: GitUrl;
  private readonly root: string;
  private readonly tree: string;
  private settings: GitSettings = new Map();

  constructor(url: GitUrl, root: string, tree: string) {
    this.url = url;
    this.root = root;
    this.tree = tree;
  }

  /** Fetches as little as the server lets: one commit, if it can be asked for alone. */
  async run(): Promise<{ readonly commit: string; readonly time: string }> {
    await this.make();
    this.settings = readSettings(await this.connect(["config", "--null", "--list"], this.root));
    const commit = await this.fetch();
    await this.close(["checkout", "--quiet", "--detach", commit, "--"]);
    await this.close(["update-ref", "-d", fetchedRef]);
    const time = await this.close(["log", "-1", "--format=%cI", "--end-of-options", commit, "--"]);
    return { commit, time };
  }

  /** A repository that knows where it is of. */
  private async make(): Promise<void> {
    await this.close(["init", "--quiet", "--template=", "--", this.tree], this.root);
    await this.close(["remote", "add", "--", "origin", withoutCredentials(this.url.remote)]);
  }

  /** Out: the commit. */
  private async fetch(): Promise<string> {
    const { ref = "HEAD" } = this.url;
    const common = ["fetch", "--quiet", "--no-tags"];
    const from = ["--end-of-options", this.url.remote];
    const shallow = await this.ask([...common, "--depth=1", ...from, `+${ref}:${fetchedRef}`]);
    if (shallow.isSuccess)
      return this.close(["rev-parse", "--verify", "--end-of-options", peeled(fetchedRef)]);
    // A commit that no name points at, part of a commit's name, a server without shallow clones.
    const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*", `+HEAD:${fetchedRef}`];
    await this.connect([...common, ...from, ...all]);
    const names = ref === "HEAD" ? [fetchedRef] : [ref, `refs/remotes/origin/${ref}`];
    for (const name of names) {
      const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", peeled(name)];
      const found = await this.git(words, this.tree, closedVariables(this.root));
      if (found.isSuccess) return found.stdout;
    }
    const values = { remote: withoutCredentials(this.url.remote), ref };
    throw fault(diagnose("cli/no-git-ref", values, { file: "--git" }));
  }

  /** git that writes files. */
  private async close(words: readonly string[], directory = this.tree): Promise<string> {
    return this.stdoutOf(await this.git(words, directory, closedVariables(this.root)));
  }

  /** git that may connect. */
  private async connect(words: readonly string[], directory = this.tree): Promise<string> {
    return this.stdoutOf(await this.ask(words, directory));
  }

  private ask(words: readonly string[], directory = this.tree): Promise<Answer> {
    const protocols = this.url.isLocal ? ["file"] : networkProtocols;
    return this.git(words, directory, connectingVariables(this.root, protocols, this.settings, true));
  }

  private stdoutOf({ isSuccess, stdout, stderr }: Answer): string {
    if (isSuccess) return stdout;
    const { remote, ref } = this.url;
    const values = { remote: withoutCredentials(remote), ref, reason: reasonOf(stderr) };
    throw fault(diagnose("cli/git-failed", values, { file: "--git" }));
  }

  private async git(words: readonly string[], directory: string, env: NodeJS.ProcessEnv): Promise<Answer> {
    const { execa } = await import("execa");
    const settings = ownSettings.flatMap((setting) => ["-c", setting]);
    const { exitCode, code, stdout, stderr } = await execa("git", [...settings, ...words], {
      ...{ cwd: directory, env, reject: false },
      stdin: process.stdin.isTTY ? "inherit" : "ignore",
    });
    if (code === "ENOENT") throw fault(diagnose("cli/no-git", {}, { file: "--git" }));
    return { isSuccess: exitCode === 0, stdout: stdout.trim(), stderr };
  }
}

/** What a tag points at, if it is a commit. */
function peeled(name: string): string {
  return `${name}^{commit}`;
}

/** git's own words, without what they repeat. */
function reasonOf(stderr: string): string {
  const lines = stderr.split("\n").flatMap((line) => {
    const text = line.replace(/^(?:fatal|error|remote|warning): */, "").trim();
    return text === "" ? [] : [withoutCredentials(text)];
  });
  return (
    lines.find((line) => /denied|not found|could not|unable|refused|verification/i.test(line)) ??
    lines[0] ??
    "git says nothing"
  ).replace(/\.$/, "");
}
