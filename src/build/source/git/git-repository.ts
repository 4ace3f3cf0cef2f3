import { diagnose } from "../../../diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../../diagnostics/diagnostic.ts";
import type { WatchedResult } from "../processes/watched-processes.ts";
import type { GitBudget } from "./git-budget.ts";
import { limitFault } from "./git-limit-fault.ts";
import type { Access, GitProgram } from "./git-program.ts";
import { reasonOf } from "./git-program.ts";
import { measureTree, type TreeLink } from "./git-tree.ts";
import { withoutCredentials } from "./git-url.ts";

/** Where the state that was asked for lies until it is checked out. */
const fetchedRef = "refs/cnb-dockerfile/source";

interface RepositoryRequest {
  /** As it may be recorded and shown, and as git gets it. */
  readonly remote: string;
  /** With whatever credentials it has; to know what must not be shown. */
  readonly writtenRemote: string;
  /** Absent: what the repository points at. */
  readonly ref?: string;
  /** Where its files go. */
  readonly tree: string;
  readonly root: string;
  readonly access: Omit<Access, "remote">;
  readonly budget: GitBudget;
}

/** A state of a repository, as files. */
interface CheckedOut {
  readonly commit: string;
  /** Where its submodules belong. */
  readonly links: readonly TreeLink[];
}

/** One state of one repository on its way here. */
export class GitRepository {
  readonly #git: GitProgram;
  readonly #request: RepositoryRequest;

  constructor(git: GitProgram, request: RepositoryRequest) {
    this.#git = git;
    this.#request = request;
  }

  /** Fetches as little as the server lets: one commit, if it can be asked for alone. Throws CompileError, TemporaryError. */
  async checkOut(): Promise<CheckedOut> {
    const { tree, budget, remote } = this.#request;
    try {
      await this.make();
      const commit = await this.#fetch();
      const measured = await measureTree(this.#git, tree, commit, budget);
      if ("stderr" in measured) throw this.#failure(measured.stderr);
      const { sizeBytes, entries, mayGrow } = measured;
      budget.requireRoom(sizeBytes, entries);
      const words = ["checkout", "--quiet", "--detach", commit, "--"];
      this.#stdoutOf(await this.#git.close(words, tree, mayGrow ? { checkout: { tree, sizeBytes } } : {}));
      await this.close("update-ref", "-d", fetchedRef);
      return { commit, links: measured.links };
    } catch (error) {
      throw limitFault(error, withoutCredentials(remote));
    }
  }

  /** A repository that knows where it is of. */
  async make(): Promise<void> {
    const { root, tree, remote } = this.#request;
    this.#stdoutOf(await this.#git.close(["init", "--quiet", "--template=", "--", tree], root));
    await this.close("remote", "add", "--", "origin", withoutCredentials(remote));
  }

  /** git that reads and writes files there. Out: what it prints. */
  async close(...words: readonly string[]): Promise<string> {
    return this.#stdoutOf(await this.#git.close(words, this.#request.tree));
  }

  /** Out: whether git says yes, where a failure is a no. */
  async asks(...words: readonly string[]): Promise<boolean> {
    return (await this.#git.close(words, this.#request.tree)).isSuccess;
  }

  /** Out: the commit. */
  async #fetch(): Promise<string> {
    const { remote, ref = "HEAD", tree, access } = this.#request;
    const common = ["fetch", "--quiet", "--no-tags"];
    const from = ["--end-of-options", remote];
    const one = [...common, "--depth=1", ...from, `+${ref}:${fetchedRef}`];
    const asked = { ...access, remote };
    if ((await this.#git.connect(one, tree, asked)).isSuccess)
      return this.close("rev-parse", "--verify", "--end-of-options", peeled(fetchedRef));
    // A commit that no name points at, part of a commit's name, a server without shallow clones.
    const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*", `+HEAD:${fetchedRef}`];
    this.#stdoutOf(await this.#git.connect([...common, ...from, ...all], tree, asked));
    for (const name of ref === "HEAD" ? [fetchedRef] : [ref, `refs/remotes/origin/${ref}`]) {
      const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", peeled(name)];
      const found = await this.#git.close(words, tree);
      if (found.isSuccess) return found.stdout.trim();
    }
    const values = { remote: withoutCredentials(remote), ref };
    throw new CompileError([diagnose("cli/no-git-ref", values, { file: "--git" })]);
  }

  #stdoutOf({ isSuccess, stdout, stderr }: WatchedResult): string {
    if (isSuccess) return stdout.trim();
    throw this.#failure(stderr);
  }

  #failure(stderr: string): CompileError | TemporaryError {
    const { writtenRemote, ref, access } = this.#request;
    const remote = withoutCredentials(this.#request.remote);
    const place = { file: "--git" };
    const [, status] = /returned error: (30[12378])\b/.exec(stderr) ?? [];
    if (status !== undefined && !access.isOwnUrl)
      return new CompileError([diagnose("cli/submodule-redirect", { url: remote, status }, place)]);
    const reason = reasonOf(stderr, writtenRemote);
    // curl's words for `http.lowSpeedTime`.
    if (/\bOperation too slow\b/.test(stderr))
      return new TemporaryError(diagnose("cli/git-slow", { remote, reason }, place));
    return new CompileError([diagnose("cli/git-failed", { remote, ref, reason }, place)]);
  }
}

/** What a tag points at, if it is a commit. */
function peeled(name: string): string {
  return `${name}^{commit}`;
}
