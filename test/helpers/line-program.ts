import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A program that answers each line of JSON with one, until it is closed, or this process ends. */
export class LineProgram {
  readonly #program: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(program: string) {
    this.#program = program;
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** One question after the other, in the order in which they are asked. */
  ask(question: unknown): Promise<unknown> {
    const answered = this.#last.then(async (): Promise<unknown> => {
      this.#child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await this.#answers.next();
      if (done === true) throw new Error(`${this.#program} has ended`);
      return JSON.parse(value);
    });
    this.#last = answered.catch(() => {});
    return answered;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, "exit");
  }
}
