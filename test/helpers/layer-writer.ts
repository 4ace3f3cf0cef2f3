import * as v from "valibot";
import type { TarEntry } from "../../src/layer/tar-header.ts";
import { makeLayerWriter } from "../lab/layer-writer.ts";
import type { TreeItem } from "./hostile-trees.ts";
import { LineProgram } from "./line-program.ts";

const answer = v.strictObject({
  error: v.optional(v.string()),
  blocks: v.optional(v.string()),
  digest: v.optional(v.string()),
});

/** Go's archive/tar, by which BuildKit writes layers, as a process that answers until it is closed. */
export class LayerWriter {
  readonly #program: LineProgram;

  private constructor(program: LineProgram) {
    this.#program = program;
  }

  static async start(): Promise<LayerWriter> {
    return new LayerWriter(new LineProgram(await makeLayerWriter()));
  }

  /** The header blocks of an entry. */
  async header({ mtimeSeconds: seconds, ...entry }: TarEntry): Promise<Buffer> {
    const { blocks = "" } = await this.#ask({ header: { ...entry, seconds } });
    return Buffer.from(blocks, "hex");
  }

  /** Makes a tree in a directory that is there. Out: the digest of its layer. */
  async tree(directory: string, entries: readonly TreeItem[]): Promise<string> {
    const { digest = "" } = await this.#ask({ directory, entries });
    return digest;
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  async #ask(question: object): Promise<v.InferOutput<typeof answer>> {
    const answered = v.parse(answer, await this.#program.ask(question));
    if (answered.error !== undefined) throw new Error(answered.error);
    return answered;
  }
}
