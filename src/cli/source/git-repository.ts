import type { WatchedResult } from "../../engines/watched-processes.ts";
import { CompileError, diagnose } from "../../index.ts";
import type { Access, GitProgram } from "./git-program.ts";
import { reasonOf } from "./git-program.ts";
import { withoutCredentials } from "./git-url.ts";

/** Where the state that was asked for lies until it is checked out. */
const fetchedRef = "refs/cnb-dockerfile/source";

export interface RepositoryRequest {
  /** As it may be recorded and shown, and as git gets it. */
  readonly remote: string;
  /** With whatever credentials it has; to know what must not be shown. */
  readonly writtenRemote: string;
  /** Absent: what the repository points at. */
  readonly ref?: string;
  /** Where its files go. */
  readonly tree: string;
  readonly root: string;
  readonly access: Access;
}

/** One state of one repository on its way here. */
export class GitRepository {
  private readonly git: GitProgram;
  private readonly request: RepositoryRequest;

  constructor(git: GitProgram, request: RepositoryRequest) {
    this.git = git;
    this.request = request;
  }

  /** Fetches as little as the server lets: one commit, if it can be asked for alone. Out: the commit. */
  async checkOut(): Promise<string> {
    await this.make();
    const commit = await this.fetch();
    await this.close("checkout", "--quiet", "--detach", commit, "--");
    await this.close("update-ref", "-d", fetchedRef);
    return commit;
  }

  /** A repository that knows where it is of. */
  async make(): Promise<void> {
    const { root, tree, remote } = this.request;
    this.stdoutOf(await this.git.close(["init", "--quiet", "--template=", "--", tree], root));
    await this.close("remote", "add", "--", "origin", withoutCredentials(remote));
  }

  /** git that reads and writes files there. Out: what it prints. */
  async close(...words: readonly string[]): Promise<string> {
    return this.stdoutOf(await this.git.close(words, this.request.tree));
  }

  /** Out: whether git says yes, where a failure is a no. */
  async asks(...words: readonly string[]): Promise<boolean> {
    return (await this.git.close(words, this.request.tree)).isSuccess;
  }

  /** Out: the commit. */
  private async fetch(): Promise<string> {
    const { remote, ref = "HEAD", tree, access } = this.request;
    const common = ["fetch", "--quiet", "--no-tags"];
    const from = ["--end-of-options", remote];
    const one = [...common, "--depth=1", ...from, `+${ref}:${fetchedRef}`];
    if ((await this.git.connect(one, tree, access)).isSuccess)
      return this.close("rev-parse", "--verify", "--end-of-options", peeled(fetchedRef));
    // A commit that no name points at, part of a commit's name, a server without shallow clones.
    const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*", `+HEAD:${fetchedRef}`];
    this.stdoutOf(await this.git.connect([...common, ...from, ...all], tree, access));
    for (const name of ref === "HEAD" ? [fetchedRef] : [ref, `refs/remotes/origin/${ref}`]) {
      const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", peeled(name)];
      const found = await this.git.close(words, tree);
      if (found.isSuccess) return found.stdout.trim();
    }
    const values = { remote: withoutCredentials(remote), ref };
    throw new CompileError([diagnose("cli/no-git-ref", values, { file: "--git" })]);
  }

  private stdoutOf({ isSuccess, stdout, stderr }: WatchedResult): string {
    if (isSuccess) return stdout.trim();
    const { remote, writtenRemote, ref } = this.request;
    const values = { remote: withoutCredentials(remote), ref, reason: reasonOf(stderr, writtenRemote) };
    throw new CompileError([diagnose("cli/git-failed", values, { file: "--git" })]);
  }
}

/** What a tag points at, if it is a commit. */
function peeled(name: string): string {
  return `${name}^{commit}`;
}
