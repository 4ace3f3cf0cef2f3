import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** One run that is asked for. */
export interface ServedRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly cwd: string;
  /** What is written behind all that the run says, followed by its exit code; nothing else says it. */
  readonly mark: string;
}

export interface ServedResult {
  /** Undefined: a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The bundled program in one process that stays: a run costs a tenth of what starting it does, and nearly all of our runs
 * are spent on starting. Standard input is empty. It is not what a user runs: variables that Node itself reads when it
 * starts do nothing (`isServable`), the process's own id stays, and what the library's modules keep is kept between runs.
 */
export class ServedProgram {
  readonly #child: ChildProcess;
  isBusy = false;

  /** In: words of a command that starts the process, as strace(1) does. */
  constructor(by: readonly string[] = []) {
    const [command, ...words] = [...by, process.execPath, join(import.meta.dirname, "serve-program.ts")];
    this.#child = spawn(command ?? "", words, {
      env: { PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    // It ends when this process does: then nobody can ask for more.
    this.#child.unref();
    for (const stream of this.#child.stdio) (stream as unknown as { unref?: () => void } | null)?.unref?.();
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Nothing more is asked. */
  async end(): Promise<void> {
    const ended = this.isGone ? undefined : once(this.#child, "exit");
    (this.#child.stdio[3] as Writable).end();
    await ended;
  }

  async run(asked: Omit<ServedRun, "mark">): Promise<ServedResult> {
    this.isBusy = true;
    const mark = `\n${randomUUID()} `;
    const { stdout, stderr, stdio } = this.#child;
    const said = [textUntil(stdout as Readable, mark), textUntil(stderr as Readable, mark)] as const;
    (stdio[3] as Writable).write(`${JSON.stringify({ ...asked, mark })}\n`);
    const [out, err] = await Promise.all(said);
    this.isBusy = false;
    if (out.after !== undefined && err.after !== undefined) {
      return { exitCode: Number(out.after), stdout: out.text, stderr: err.text };
    }
    // The run ended its process itself.
    if (!this.isGone) await once(this.#child, "exit");
    return { exitCode: this.#child.exitCode ?? undefined, stdout: out.text, stderr: err.text };
  }
}

interface Said {
  readonly text: string;
  /** What stands behind the mark; absent: the stream ended without it. */
  readonly after?: string;
}

function textUntil(stream: Readable, mark: string): Promise<Said> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const finish = (isEnd: boolean) => {
      const bytes = Buffer.concat(pieces);
      const at = bytes.indexOf(mark);
      const after = at === -1 ? "" : bytes.toString("utf8", at + mark.length);
      if (!isEnd && !after.endsWith("\n")) return;
      stream.off("data", onData).off("end", onEnd);
      if (at === -1) resolve({ text: bytes.toString("utf8") });
      else resolve({ text: bytes.toString("utf8", 0, at), after: after.trimEnd() });
    };
    const onData = (piece: Buffer) => {
      pieces.push(piece);
      // A mark can come in two pieces, but its end is the last that comes.
      if (piece.at(-1) === 0x0a) finish(false);
    };
    const onEnd = () => finish(true);
    stream.on("data", onData).on("end", onEnd);
  });
}

/** Variables of which a process takes notice only when it starts. */
const readAtStart = /^(?:NODE_|LD_|LC_|LANG|TZ$|SSL_|OPENSSL_|GLIBC_)/;

/** Whether a run can be served at all. */
export function isServable({ env }: Pick<ServedRun, "env">): boolean {
  return !Object.keys(env).some((name) => readAtStart.test(name));
}

let served: ServedProgram | undefined;

/** Undefined: it is at work for somebody else. */
export function serveRun(asked: Omit<ServedRun, "mark">): Promise<ServedResult> | undefined {
  if (served?.isBusy) return undefined;
  if (served === undefined || served.isGone) served = new ServedProgram();
  return served.run(asked);
}
