import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { makeDockerfileReader } from "../lab/dockerfile-reader.ts";

const textFile = v.strictObject({ text: v.string() });
const mount = v.strictObject({
  type: v.string(),
  from: v.optional(v.string()),
  source: v.optional(v.string()),
  target: v.optional(v.string()),
  id: v.optional(v.string()),
  sharing: v.optional(v.string()),
  readOnly: v.optional(v.boolean()),
  required: v.optional(v.boolean()),
  env: v.optional(v.string()),
  mode: v.optional(v.number()),
  uid: v.optional(v.number()),
  gid: v.optional(v.number()),
});
const instruction = v.strictObject({
  keyword: v.string(),
  pairs: v.optional(v.array(v.strictObject({ name: v.string(), value: v.optional(v.string()) }))),
  text: v.optional(v.string()),
  copy: v.optional(
    v.strictObject({
      from: v.optional(v.string()),
      sources: v.optional(v.array(v.string())),
      files: v.optional(v.array(textFile)),
      destination: v.string(),
      owner: v.optional(v.string()),
      mode: v.optional(v.string()),
      checksum: v.optional(v.string()),
      link: v.optional(v.boolean()),
      other: v.optional(v.array(v.string())),
    }),
  ),
  run: v.optional(
    v.strictObject({
      shell: v.optional(v.boolean()),
      words: v.array(v.string()),
      network: v.optional(v.string()),
      security: v.optional(v.string()),
      mounts: v.optional(v.array(mount)),
      files: v.optional(v.array(textFile)),
    }),
  ),
});
const dockerfile = v.strictObject({
  directives: v.array(v.strictObject({ name: v.string(), value: v.string() })),
  warnings: v.array(v.string()),
  stages: v.array(
    v.strictObject({
      name: v.string(),
      base: v.string(),
      platform: v.string(),
      instructions: v.array(instruction),
    }),
  ),
});
const answer = v.strictObject({
  error: v.optional(v.string()),
  dockerfile: v.optional(dockerfile),
  ignore: v.optional(v.array(v.string())),
  toml: v.optional(
    v.array(
      v.strictObject({
        error: v.optional(v.string()),
        table: v.nullable(v.record(v.string(), v.unknown())),
      }),
    ),
  ),
});

/** An instruction as BuildKit takes it, variables expanded; absent keys are empty. */
export type BuildkitInstruction = v.InferOutput<typeof instruction>;
export type BuildkitMount = v.InferOutput<typeof mount>;
export type ReaderAnswer = v.InferOutput<typeof answer>;

/** What is absent is not asked for. */
export interface ReaderQuestion {
  readonly dockerfile?: string;
  /** Variables of every base image. */
  readonly imageEnv?: Readonly<Record<string, string>>;
  /** Variables for who declares them with ARG. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly ignore?: string;
  readonly toml?: readonly string[];
}

/** The reader as a process that answers until it is closed, or this process ends. */
export class DockerfileReader {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(program: string) {
    this.child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  static async start(): Promise<DockerfileReader> {
    return new DockerfileReader(await makeDockerfileReader());
  }

  /** One question after the other, in the order in which they are asked. */
  ask(question: ReaderQuestion): Promise<ReaderAnswer> {
    const answered = this.last.then(async () => {
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await this.answers.next();
      if (done === true) throw new Error("the Dockerfile reader has ended");
      return v.parse(answer, JSON.parse(value));
    });
    this.last = answered.catch(() => {});
    return answered;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.stdin.end();
    await once(this.child, "exit");
  }
}
