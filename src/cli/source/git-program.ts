import type { WatchedProcesses, WatchedResult } from "../../engines/watched-processes.ts";
import { CompileError, diagnose } from "../../index.ts";
import {
  answerHelper,
  helperSettings,
  secretForms,
  splitCredentials,
  type UrlCredentials,
} from "./git-credentials.ts";
import {
  closedVariables,
  connectingVariables,
  type GitSettings,
  ownSettings,
  readSettings,
} from "./git-environment.ts";

/** How git may connect for a repository. */
export interface Access {
  readonly protocols: readonly string[];
  /** Whether the user wrote the URL; else a repository did. */
  readonly isOwnUrl: boolean;
  /** Whether a program of the user's that answers questions may be asked, which is not told the server. */
  readonly asksPrograms: boolean;
  readonly credentials?: UrlCredentials;
}

/** git, for one directory of ours and all repositories in it. */
export class GitProgram {
  private readonly root: string;
  private readonly processes: WatchedProcesses;
  private settings: GitSettings | undefined;

  /** In: our directory, absolute and without links. */
  constructor(root: string, processes: WatchedProcesses) {
    this.root = root;
    this.processes = processes;
  }

  /** git that reads and writes files, without anybody's configuration; it cannot connect. */
  close(words: readonly string[], directory: string): Promise<WatchedResult> {
    return this.run(words, directory, closedVariables(this.root), undefined);
  }

  /** git that fetches, with the user's configuration. */
  async connect(words: readonly string[], directory: string, access: Access): Promise<WatchedResult> {
    const { protocols, isOwnUrl, asksPrograms, credentials } = access;
    const variables = {
      ...connectingVariables(this.root, protocols, await this.userSettings(), isOwnUrl),
      ...(asksPrograms ? {} : { GIT_ASKPASS: "" }),
    };
    return this.run(words, directory, variables, credentials);
  }

  /** The user's own, wherever they stand. */
  async userSettings(): Promise<GitSettings> {
    if (this.settings !== undefined) return this.settings;
    const variables = connectingVariables(this.root, [], new Map(), true);
    const { stdout } = await this.run(["config", "--null", "--list"], this.root, variables, undefined);
    this.settings = readSettings(stdout);
    return this.settings;
  }

  private async run(
    words: readonly string[],
    directory: string,
    variables: Readonly<Record<string, string | undefined>>,
    credentials: UrlCredentials | undefined,
  ): Promise<WatchedResult> {
    const settings = [...ownSettings, ...(credentials === undefined ? [] : helperSettings(credentials))];
    const result = await this.processes.run({
      ...{ program: "git", directory, variables, readsInput: process.stdin.isTTY },
      words: [...settings.flatMap((setting) => ["-c", setting]), ...words],
      ...(credentials === undefined ? {} : { talk: (channel) => answerHelper(channel, credentials) }),
    });
    if (result.isMissing) throw new CompileError([diagnose("cli/no-git", {}, { file: "--git" })]);
    return result;
  }
}

/** git's own words about a failure, without credentials of any URL, and without what a server repeats of them. */
export function reasonOf(stderr: string, remote: string): string {
  const { credentials } = splitCredentials(remote);
  const forms = credentials === undefined ? [] : secretForms(credentials);
  const lines = forms
    .reduce((text, form) => text.replaceAll(form, "***"), stderr)
    .split("\n")
    .flatMap((line) => {
      const text = line.replace(/^(?:(?:fatal|error|remote|warning): *)+/, "").trim();
      return text === "" ? [] : [withoutUrlSecrets(text)];
    });
  return (
    lines.find((line) => /denied|not found|could not|unable|refused|verification/i.test(line)) ??
    lines[0] ??
    "git says nothing"
  ).replace(/\.$/, "");
}

/** Redirects, and the user's own `insteadOf`, bring URLs that nobody has written. */
function withoutUrlSecrets(text: string): string {
  return text
    .replace(/\b((?!ssh:)[a-z][a-z\d+.-]*:\/\/)[^\s/?#@'"]*@/gi, "$1")
    .replace(/\b(ssh:\/\/[^\s/?#@:'"]*):[^\s/?#@'"]*@/gi, "$1@")
    .replace(/\b(https?:\/\/[^\s?#'"]*)[?#][^\s'"]*/gi, "$1");
}
