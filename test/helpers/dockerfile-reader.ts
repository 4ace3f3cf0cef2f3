import * as v from "valibot";
import { makeDockerfileReader } from "../lab/dockerfile-reader.ts";
import { LineProgram } from "./line-program.ts";

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
  globals: v.array(v.strictObject({ name: v.string(), value: v.optional(v.string()) })),
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
  readonly #program: LineProgram;

  private constructor(program: LineProgram) {
    this.#program = program;
  }

  static async start(): Promise<DockerfileReader> {
    return new DockerfileReader(new LineProgram(await makeDockerfileReader()));
  }

  /** One question after the other, in the order in which they are asked. */
  async ask(question: ReaderQuestion): Promise<ReaderAnswer> {
    return v.parse(answer, await this.#program.ask(question));
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}
