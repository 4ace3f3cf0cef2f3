import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { watchedVariable } from "../../../options/process-variables.ts";
import { BoundedErrors, BoundedOutput } from "./bounded-output.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** In the environment of what is watched, and of all that it starts. */
const markName = watchedVariable;

/**
 * Waits for a word, or for our pipe to close, which it does however we end; then ends whatever has the mark in its
 * environment: with SIGTERM first, upon which git shows again what is typed, then with SIGKILL. A group of processes would
 * not do: to ask for a password, git and ssh have to stay in the terminal's own.
 * $1: a pattern that finds the mark, but not itself. Where we were killed while a program was starting, it gets its mark
 * a moment later, so that a second look is taken. A /proc of another process namespace has other processes' numbers, so
 * there programs have to notice for themselves that nobody reads what they write.
 */
const script = `read -r word || word=killed
[ "$word" != release ] || exit 0
own=none
[ ! -r /proc/self/stat ] || read -r own _ </proc/self/stat
marked() {
  case $own in
    $$)
      for file in $(grep -ls -e "$1" /proc/[0-9]*/environ); do
        file=\${file#/proc/}
        echo "\${file%/environ}"
      done ;;
    none) ps -A -E -ww -o pid=,command= | grep -e "$1" | while read -r pid _; do echo "$pid"; done ;;
  esac
}
end_marked() {
  signal=TERM
  looks=0
  while found=$(marked "$1") && [ -n "$found" ]; do
    kill -$signal $found
    looks=$((looks + 1))
    [ $looks -lt 5 ] || signal=KILL
    sleep 0.1 || sleep 1
  done
}
end_marked "$1"
[ "$word" = end ] || { sleep 1; end_marked "$1"; }
exit 0
`;

/** What a helper leaves running for later may keep the pipes open. */
const lateOutputMs = 1000;

/** What a shell says of a program that is not there, or is none. Source: POSIX.1, "Exit Status for Commands". */
const notStarted: readonly (number | null)[] = [126, 127];

interface WatchedCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly directory: string;
  /** Besides our own. Undefined: without it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Whether it reads our standard input, or a text of ours; else it gets none. */
  readonly readsInput: boolean | string;
  /** Most memory of its own for each process. Absent: any. Only Linux keeps to it. */
  readonly memoryBytes?: number;
  /** Takes what it prints as it comes, and its faults end the program. Absent: it is kept, up to 16 MiB. */
  readonly onOutput?: (piece: Buffer) => void;
  /** Called whenever it prints or says something. */
  readonly onActivity?: () => void;
  /** What talks with the program at its descriptor 3; absent: it has none. */
  readonly talk?: (channel: Duplex) => void;
}

export interface WatchedResult {
  readonly isSuccess: boolean;
  /** Whether there is no such program. */
  readonly isMissing: boolean;
  /** Empty where something takes it as it comes. */
  readonly stdout: string;
  /** The beginning and the end of it. */
  readonly stderr: string;
}

/** Runs programs that end with this process, as does everything that they start, however this process ends. */
export class WatchedProcesses {
  readonly #mark = randomBytes(16).toString("hex");
  readonly #watcher: ChildProcess;
  readonly #watcherEnded: Promise<unknown>;
  readonly #env: Variables;
  #isEnded = false;

  /** In: variables of this process, which the programs get, too. */
  constructor(env: Variables) {
    this.#env = env;
    const pattern = `${markName}=[${this.#mark.slice(0, 1)}]${this.#mark.slice(1)}`;
    const { PATH = "" } = env;
    this.#watcher = spawn("sh", ["-c", script, "sh", pattern], {
      ...{ cwd: "/", env: { PATH, LC_ALL: "C" }, stdio: ["pipe", "ignore", "ignore"] },
      // Ctrl-C reaches the whole foreground group.
      detached: true,
    });
    this.#watcher.stdin?.on("error", () => undefined);
    this.#watcherEnded = new Promise((resolve) => {
      for (const event of ["exit", "error"]) this.#watcher.once(event, resolve);
    });
  }

  /**
   * Throws where `end` was called, before or meanwhile; ExcessiveOutput, and what `onOutput` throws, when everything that
   * this owner has started has ended.
   */
  async run(command: WatchedCommand): Promise<WatchedResult> {
    this.#throwIfEnded();
    const { readsInput, memoryBytes, talk } = command;
    const child = this.#spawn(command);
    child.stdin?.on("error", () => undefined).end(readsInput);
    const output = { stdout: new BoundedOutput(command.onOutput), stderr: new BoundedErrors() };
    const tooMuch = new Promise<never>((_, reject) => {
      for (const name of ["stdout", "stderr"] as const) {
        child[name]?.on("data", (piece: Buffer) => {
          try {
            command.onActivity?.();
            output[name].add(piece);
          } catch (error) {
            for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners("data").destroy();
            reject(error);
          }
        });
      }
    });
    if (talk !== undefined) talk(child.stdio[3] as Duplex);
    const { exitCode, isMissing } = await Promise.race([endOf(child), tooMuch]).catch(
      async (error: unknown) => {
        await this.end();
        throw error;
      },
    );
    this.#throwIfEnded();
    return {
      isSuccess: exitCode === 0,
      isMissing: isMissing || (memoryBytes !== undefined && notStarted.includes(exitCode)),
      ...{ stdout: output.stdout.text(), stderr: output.stderr.text() },
    };
  }

  #spawn({ program, words, directory, variables, readsInput, memoryBytes, talk }: WatchedCommand) {
    const limited = ["-c", 'ulimit -S -d "$0" 2>/dev/null; exec "$@"'];
    const [file, argumentsOfIt] =
      memoryBytes === undefined
        ? [program, words]
        : ["sh", [...limited, String(Math.floor(memoryBytes / 1024)), program, ...words]];
    return spawn(file, argumentsOfIt, {
      cwd: directory,
      env: { ...this.#env, ...variables, [markName]: this.#mark },
      stdio: [
        typeof readsInput === "string" ? "pipe" : readsInput ? "inherit" : "ignore",
        "pipe",
        "pipe",
        ...(talk === undefined ? [] : ["pipe" as const]),
      ],
    });
  }

  #throwIfEnded(): void {
    if (this.#isEnded) throw new Error("ended");
  }

  /** Ends what still runs; nothing starts any more. */
  end(): Promise<unknown> {
    this.#isEnded = true;
    return this.#tell("end");
  }

  /** To be called when all is done; what a helper keeps running for later (a cache of credentials) lives on. */
  release(): Promise<unknown> {
    return this.#tell("release");
  }

  #tell(word: string): Promise<unknown> {
    this.#watcher.stdin?.end(`${word}\n`);
    return this.#watcherEnded;
  }
}

function endOf(child: ChildProcess): Promise<{ exitCode: number | null; isMissing: boolean }> {
  return new Promise((resolve) => {
    child.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve({ exitCode: null, isMissing: code === "ENOENT" || code === "EACCES" }),
    );
    child.once("close", (exitCode) => resolve({ exitCode, isMissing: false }));
    child.once("exit", (exitCode) => {
      setTimeout(() => resolve({ exitCode, isMissing: false }), lateOutputMs).unref();
    });
  });
}
