import { resolve } from "node:path";
import type { GitPlace } from "../index.ts";

type Git = (...args: readonly string[]) => Promise<{ readonly failed: boolean; readonly stdout: string }>;

/** git in a directory; it asks nothing, and does not throw. */
async function gitIn(directory: string): Promise<Git> {
  const { execa } = await import("execa");
  // Hooks set GIT_DIR and others, which would name the repository that runs the hook.
  const env = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith("GIT_"))
      .map((name) => [name, undefined]),
  );
  // The files may belong to another user (a container, a CI checkout); reading a setting of theirs runs nothing.
  return (...args) =>
    execa("git", ["-c", "safe.directory=*", "-C", directory, ...args], {
      env,
      reject: false,
      stdin: "ignore",
    });
}

/** When a commit was made, in ISO 8601. Undefined: not a clone, no such commit in it, or no git on this machine. */
export async function readCommitTime(directory: string, commit: string): Promise<string | undefined> {
  const git = await gitIn(directory);
  const time = await git("log", "-1", "--format=%cI", "--end-of-options", commit, "--");
  return time.failed ? undefined : time.stdout.trim();
}

/**
 * Asks git for the project's remote: origin, else the first by name.
 * Undefined: not a clone, no remote, or no git on this machine.
 */
export async function readGitPlace(directory: string): Promise<GitPlace | undefined> {
  const git = await gitIn(directory);
  const [urls, place] = await Promise.all([
    git("config", "--local", "--get-regexp", "^remote\\..*\\.url$"),
    git("rev-parse", "--show-toplevel", "--show-prefix"),
  ]);
  if (urls.failed || place.failed) return undefined;
  const [root = "", prefix = ""] = place.stdout.split("\n");
  const remotes = urls.stdout
    .split("\n")
    .flatMap((line) => {
      const [, name, url] = /^remote\.(.+)\.url (.+)$/.exec(line) ?? [];
      return name === undefined || url === undefined ? [] : [{ name, url }];
    })
    .sort((a, b) => order(a.name, b.name));
  const remote = remotes[0]?.url;
  if (remote === undefined) return undefined;
  // A relative remote means another directory for every clone that lies elsewhere.
  const isRelative = /^\.{0,2}\//.test(remote) || !remote.includes(":");
  return { remote: isRelative ? resolve(root, remote) : remote, subdirectory: prefix.replace(/\/$/, "") };
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "origin") return -1;
  return b === "origin" || a > b ? 1 : -1;
}
