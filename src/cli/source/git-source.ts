import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { CompileError, diagnose } from "../../index.ts";
import { type GitUrl, parseGitUrl, repositoryName, withoutCredentials } from "./git-url.ts";
import type { Source } from "./source.ts";

/**
 * Fetches a state of a repository with this machine's git: its credential helpers, ssh agent, proxies and CAs are the
 * user's, and none of them reaches BuildKit. In: whether `.git` is to stay. Throws CompileError where git is not there or
 * refuses.
 */
export async function openGit(text: string, keepGitDirectory: boolean): Promise<Source> {
  const url = parseGitUrl(text);
  if (url === undefined) {
    throw new CompileError([
      diagnose("cli/bad-git-url", { text: withoutCredentials(text) }, { file: "--git" }),
    ]);
  }
  const root = mkdtempSync(join(tmpdir(), "cnb-dockerfile-git-"));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const tree = join(root, "tree");
    const git = await fetchTree(url, tree);
    const commit = await git(["rev-parse", "HEAD"]);
    const time = await git(["log", "-1", "--format=%cI"]);
    const remote = withoutCredentials(url.remote);
    if (keepGitDirectory) await git(["remote", "set-url", "origin", remote]);
    else rmSync(join(tree, ".git"), { recursive: true, force: true });
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

/** The directory that was asked for; a link may not lead out of what was fetched. */
function directoryIn(tree: string, { remote, directory }: GitUrl): string {
  const path = join(tree, directory);
  const isThere = existsSync(path) && statSync(path).isDirectory();
  const real = isThere ? realpathSync(path) : path;
  if (!isThere || relative(realpathSync(tree), real).startsWith("..")) {
    const place = { directory, remote: withoutCredentials(remote) };
    throw new CompileError([diagnose("cli/no-git-directory", place, { file: "--git" })]);
  }
  return real;
}

/** Hooks set them, and they would name the repository that runs the hook. How git connects is the user's own business. */
const repositoryVariables = [
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"],
  ...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE"],
];

type Git = (words: readonly string[]) => Promise<string>;

/** Fetches as little as the server lets: one commit, if it can be asked for alone. Out: git in that tree. */
async function fetchTree(url: GitUrl, tree: string): Promise<Git> {
  const { execa } = await import("execa");
  const env = {
    ...Object.fromEntries(repositoryVariables.map((name) => [name, undefined])),
    // Nobody is there to answer where standard input is no terminal; a question would be waited for without an end.
    ...(process.stdin.isTTY ? {} : { GIT_TERMINAL_PROMPT: "0", GIT_SSH_COMMAND: sshCommand() }),
  };
  const run = (words: readonly string[]) =>
    execa("git", ["-c", "advice.detachedHead=false", "-c", "core.autocrlf=false", ...words], {
      env,
      reject: false,
      stdin: process.stdin.isTTY ? "inherit" : "ignore",
    });
  const inTree: Git = async (words) => {
    const result = await run(["-C", tree, ...words]);
    if (result.exitCode === 0) return result.stdout.trim();
    const values = { remote: withoutCredentials(url.remote), ref: url.ref, reason: reasonOf(result.stderr) };
    throw new CompileError([diagnose("cli/git-failed", values, { file: "--git" })]);
  };
  const made = await run(["init", "--quiet", tree]);
  if (made.code === "ENOENT") throw new CompileError([diagnose("cli/no-git", {}, { file: "--git" })]);
  await inTree(["remote", "add", "origin", url.remote]);
  const ref = url.ref ?? "HEAD";
  const shallow = await run(["-C", tree, "fetch", "--quiet", "--depth=1", "origin", ref]);
  if (shallow.exitCode === 0) await inTree(["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
  else {
    // A commit that no name points at, part of a commit's name, a server without shallow clones.
    await inTree(["fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*", "HEAD"]);
    const commit = await run([
      "-C",
      tree,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${ref}^{commit}`,
    ]);
    if (url.ref !== undefined && commit.exitCode !== 0) {
      throw new CompileError([
        diagnose("cli/no-git-ref", { remote: withoutCredentials(url.remote), ref }, { file: "--git" }),
      ]);
    }
    await inTree([
      "checkout",
      "--quiet",
      "--detach",
      url.ref === undefined ? "FETCH_HEAD" : commit.stdout.trim(),
    ]);
  }
  await inTree(["submodule", "update", "--quiet", "--init", "--recursive", "--depth=1"]);
  return inTree;
}

/** ssh that asks nothing. */
function sshCommand(): string {
  return process.env.GIT_SSH_COMMAND ?? "ssh -o BatchMode=yes";
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
