import { join } from "node:path";
import type { Duplex } from "node:stream";
import { diagnose } from "../../../diagnostics/diagnose.ts";
import { CompileError } from "../../../diagnostics/diagnostic.ts";
import { present } from "../../../present.ts";
import type { WatchedProcesses, WatchedResult } from "../processes/watched-processes.ts";
import type { GitBudget, GitTask } from "./git-budget.ts";
import { secretPattern, splitCredentials, type UrlCredentials } from "./git-credentials.ts";
import {
  type Connection,
  closedVariables,
  connectingVariables,
  type GitSettings,
  type GitSurroundings,
  ownSettings,
  readSettings,
  silenceSettings,
} from "./git-environment.ts";
import { answerHelper, helperSettings } from "./git-helper.ts";
import { answerLogin, type LoginPrograms } from "./git-logins.ts";

/** How git may connect for a repository. */
export interface Access {
  readonly protocols: readonly string[];
  /** Whether the user wrote the URL; else a repository did. */
  readonly isOwnUrl: boolean;
  /** Whether a program of the user's that answers questions may be asked, which is not told the server. */
  readonly asksPrograms: boolean;
  readonly credentials?: UrlCredentials;
  /** Whose login it is, without credentials. */
  readonly remote: string;
}

interface GitCall {
  readonly words: readonly string[];
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Besides our own. */
  readonly settings?: readonly string[];
  readonly input?: string;
  readonly onOutput?: (piece: Buffer) => void;
  readonly talk?: (channel: Duplex) => void;
}

/** git, for one directory of ours and all repositories in it. */
export class GitProgram {
  readonly #root: string;
  readonly #surroundings: GitSurroundings;
  readonly #processes: WatchedProcesses;
  readonly #budget: GitBudget;
  #settings: GitSettings | undefined;

  /** In: our directory, absolute and without links. */
  constructor(root: string, processes: WatchedProcesses, budget: GitBudget, surroundings: GitSurroundings) {
    this.#root = root;
    this.#surroundings = surroundings;
    this.#processes = processes;
    this.#budget = budget;
  }

  /**
   * git that reads and writes files, without anybody's configuration; it cannot connect. In: what takes that which it
   * prints; absent: it is in the result. What else is to be watched; absent: nothing.
   */
  close(
    words: readonly string[],
    directory: string,
    { onOutput, ...task }: { readonly onOutput?: (piece: Buffer) => void } & Pick<GitTask, "checkout"> = {},
  ): Promise<WatchedResult> {
    const variables = closedVariables(this.#root, this.#surroundings.env);
    return this.#watch(task, {
      words,
      directory,
      variables,
      ...present({ onOutput }),
    });
  }

  /** git that fetches, with the user's configuration. */
  async connect(words: readonly string[], directory: string, access: Access): Promise<WatchedResult> {
    const { protocols, isOwnUrl, asksPrograms, credentials, remote } = access;
    const settings = await this.userSettings();
    const variables = this.#connecting({ protocols, settings, isOwnUrl });
    // A program that asks gets a name in its arguments; for one that may be a token, we ask it ourselves.
    const isAskedByGit = asksPrograms && (credentials === undefined || credentials.password !== undefined);
    const own = [
      ...silenceSettings(settings, this.#budget.silenceMs),
      // To another address, with its own class of network, and maybe with a login: a repository has not earned that.
      ...(isOwnUrl ? [] : ["http.followRedirects=false"]),
      ...(credentials === undefined ? [] : helperSettings(credentials)),
    ];
    const programs = this.#loginPrograms(variables, settings, asksPrograms);
    return this.#watch(
      { fetchedInto: join(directory, ".git") },
      {
        ...{ words, directory, settings: own },
        variables: { ...variables, ...(isAskedByGit ? {} : { GIT_ASKPASS: "" }) },
        ...(credentials === undefined
          ? {}
          : {
              talk: (channel) =>
                answerHelper(channel, (question) => answerLogin(question, remote, credentials, programs)),
            }),
      },
    );
  }

  /** The user's own, wherever they stand. */
  async userSettings(): Promise<GitSettings> {
    if (this.#settings !== undefined) return this.#settings;
    const variables = this.#connecting({ protocols: [], settings: new Map(), isOwnUrl: true });
    const words = ["config", "--null", "--list"];
    const { stdout } = await this.#run({ words, directory: this.#root, variables });
    this.#settings = readSettings(stdout);
    return this.#settings;
  }

  #connecting(connection: Connection): GitCall["variables"] {
    return connectingVariables(this.#root, connection, this.#surroundings);
  }

  #loginPrograms(
    variables: GitCall["variables"],
    settings: GitSettings,
    asksPrograms: boolean,
  ): LoginPrograms {
    const { env, hasTerminal } = this.#surroundings;
    const quiet = { ...variables, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "" };
    return {
      hasTerminal: hasTerminal && env.GIT_TERMINAL_PROMPT !== "0",
      askHelpers: async (action, input) => {
        const call = { words: ["credential", action], directory: this.#root, variables: quiet, input };
        const { isSuccess, stdout } = await this.#run(call);
        return isSuccess ? Buffer.from(stdout, "utf8").toString("latin1") : "";
      },
      askProgram: async (prompt) => {
        const { GIT_ASKPASS, SSH_ASKPASS } = env;
        // The order is git's. Source: gitcredentials(7), "REQUESTING CREDENTIALS".
        const program = GIT_ASKPASS ?? settings.get("core.askpass")?.at(-1) ?? SSH_ASKPASS ?? "";
        if (program === "" || !asksPrograms) return undefined;
        const question = { program, words: [prompt], directory: this.#root, variables };
        const { isSuccess, stdout } = await this.#processes.run({
          ...question,
          readsInput: hasTerminal,
        });
        return isSuccess
          ? Buffer.from(stdout.split(/[\r\n]/, 1)[0] ?? "", "utf8").toString("latin1")
          : undefined;
      },
    };
  }

  #watch(task: GitTask, call: GitCall): Promise<WatchedResult> {
    return this.#budget.watch(task, (onActivity) => this.#run(call, onActivity));
  }

  async #run(
    { words, directory, variables, settings = [], input, onOutput, talk }: GitCall,
    onActivity?: () => void,
  ): Promise<WatchedResult> {
    const { allocationBytes, memoryBytes } = this.#budget;
    const result = await this.#processes.run({
      ...{ program: "git", directory, readsInput: input ?? this.#surroundings.hasTerminal, memoryBytes },
      variables: { ...variables, GIT_ALLOC_LIMIT: String(allocationBytes) },
      words: [...[...ownSettings, ...settings].flatMap((setting) => ["-c", setting]), ...words],
      ...present({ onOutput, onActivity, talk }),
    });
    if (result.isMissing) throw new CompileError([diagnose("cli/no-git", {}, { file: "--git" })]);
    return result;
  }
}

/** A line of a server's may have any length, and is looked through for URLs. */
const maxLineLength = 2000;

/** git's own words about a failure, without credentials of any URL, and without what a server repeats of them. */
export function reasonOf(stderr: string, remote: string): string {
  const { credentials } = splitCredentials(remote);
  const secret = credentials === undefined ? undefined : secretPattern(credentials);
  const lines = (secret === undefined ? stderr : stderr.replace(secret, "***"))
    .split("\n")
    .flatMap((line) => {
      const text = line
        .slice(0, maxLineLength)
        .replace(/^(?:(?:fatal|error|remote|warning): *)+/, "")
        .trim();
      return text === "" ? [] : [withoutUrlSecrets(text)];
    });
  return (
    lines.find((line) => /denied|not found|could not|unable|refused|verification/i.test(line)) ??
    lines[0] ??
    "git printed no message"
  ).replace(/\.$/, "");
}

/** Redirects, and the user's own `insteadOf`, bring URLs that nobody has written. */
function withoutUrlSecrets(text: string): string {
  return text
    .replace(/\b((?!ssh:)[a-z][a-z\d+.-]*:\/\/)[^\s/?#@'"]*@/gi, "$1")
    .replace(/\b(ssh:\/\/[^\s/?#@:'"]*):[^\s/?#@'"]*@/gi, "$1@")
    .replace(/\b(https?:\/\/[^\s?#'"]*)[?#][^\s'"]*/gi, "$1");
}
