import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { UnpackLimits } from "../../../archive/unpack-budget.ts";
import { diagnose } from "../../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../../diagnostics/diagnostic.ts";
import { onEndingSignal } from "../../../engines/run/ending-signals.ts";
import { followLinks } from "../../../files/follow-links.ts";
import { isBelow } from "../../../files/is-below.ts";
import { present } from "../../../present.ts";
import { makeTemporaryDirectory } from "../../../private/temporary/temporary-directory.ts";
import { Interrupted } from "../../interrupted.ts";
import { WatchedProcesses } from "../processes/watched-processes.ts";
import type { Source } from "../source.ts";
import { GitBudget, type GitPeriods, usualPeriods } from "./git-budget.ts";
import { splitCredentials } from "./git-credentials.ts";
import { type GitSurroundings, networkProtocols } from "./git-environment.ts";
import { limitFault } from "./git-limit-fault.ts";
import { GitProgram } from "./git-program.ts";
import { GitRepository } from "./git-repository.ts";
import { fetchSubmodules } from "./git-submodules.ts";
import { type GitUrl, parseGitUrl, repositoryName, withoutCredentials } from "./git-url.ts";

export interface GitWish {
  /** Whether `.git` is to stay. */
  readonly keepsGitDirectory: boolean;
  /** Whether the repository may be one of this machine. */
  readonly allowsLocal: boolean;
  /** Whether the repositories that it names come along. */
  readonly wantsSubmodules: boolean;
  /** For it and its submodules together. Of packs, too; a ratio does not count. */
  readonly limits: UnpackLimits;
  /** Absent: the usual ones. */
  readonly periods?: GitPeriods;
  readonly report: Report;
  readonly surroundings: GitSurroundings;
}

/**
 * Fetches a state of a repository with this machine's git: its credential helpers, ssh agent, proxies and CAs are the
 * user's, and none of them reaches BuildKit. Throws CompileError where git must not be asked, is not there or refuses,
 * or where the source goes beyond a limit; TemporaryError where a server takes too long; Interrupted where somebody wants it to end.
 */
export async function openGit(text: string, wish: GitWish): Promise<Source> {
  const url = readUrl(text, wish.allowsLocal);
  // Before the first process: until it is another program, it has our arguments.
  if (splitCredentials(url.remote).credentials !== undefined) hideArguments();
  const { path: root, remove } = makeTemporaryDirectory("git");
  try {
    return { ...(await fetchSource(url, wish, root)), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** git ends when this process is told to end, or just ends. */
async function fetchSource(url: GitUrl, wish: GitWish, root: string): Promise<Omit<Source, "remove">> {
  const processes = new WatchedProcesses(wish.surroundings.env);
  let interrupted = false;
  const stopListening = onEndingSignal(() => {
    interrupted = true;
    void processes.end();
  });
  try {
    const source = await fetchTree(url, wish, root, processes);
    if (interrupted) throw new Interrupted();
    await processes.release();
    return source;
  } catch (error) {
    await processes.end();
    throw interrupted ? new Interrupted() : limitFault(error, withoutCredentials(url.remote));
  } finally {
    stopListening();
  }
}

async function fetchTree(
  url: GitUrl,
  { keepsGitDirectory, wantsSubmodules, limits, periods = usualPeriods, report, surroundings }: GitWish,
  root: string,
  processes: WatchedProcesses,
): Promise<Omit<Source, "remove">> {
  const { remote, credentials } = splitCredentials(url.remote);
  const shown = withoutCredentials(remote);
  const tree = join(root, "tree");
  const budget = new GitBudget(root, limits, periods, surroundings.hasTerminal);
  const git = new GitProgram(root, processes, budget, surroundings);
  const repository = new GitRepository(git, {
    ...{ remote, writtenRemote: url.remote, tree, root, budget },
    ...present({ ref: url.ref }),
    access: {
      ...{ protocols: url.isLocal ? ["file"] : networkProtocols, isOwnUrl: true, asksPrograms: true },
      ...present({ credentials }),
    },
  });
  const { commit, links } = await repository.checkOut();
  const time = await repository.close("log", "-1", "--format=%cI", "--end-of-options", commit, "--");
  await fetchSubmodules({
    ...{ git, budget, root, tree, links, remote: shown, userRemote: url.remote, place: "" },
    ...{ isWanted: wantsSubmodules, keepsGitDirectory, report },
  });
  await reportLargeFiles(repository, report);
  if (!keepsGitDirectory) rmSync(join(tree, ".git"), { recursive: true, force: true });
  return {
    ...{ directory: directoryIn(tree, url), tree },
    name: url.directory.split("/").at(-1) || repositoryName(remote),
    isFetched: true,
    git: { remote: shown, subdirectory: url.directory },
    revision: { remote: shown, commit, time, refs: url.ref === undefined ? [] : [url.ref] },
  };
}

/** Whoever asks the system for our arguments need not see a password for as long as we run. */
function hideArguments(): void {
  process.title = "cnb-dockerfile build --git";
}

/** Files whose contents are elsewhere; the program that would bring them is not started on what a tree says. */
async function reportLargeFiles(repository: GitRepository, report: Report): Promise<void> {
  const files = ["--", ":(glob)**/.gitattributes"];
  const isUsed = await repository.asks(
    "grep",
    "--cached",
    "--quiet",
    "--fixed-strings",
    "-e",
    "filter=lfs",
    ...files,
  );
  if (isUsed) report(diagnose("cli/git-large-files", {}, { file: "--git" }));
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
