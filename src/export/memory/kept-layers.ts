import * as v from "valibot";
import { contentsOf, offeredFile } from "../../contract/cache/memory-places.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { readJsonFile } from "../checked-file.ts";
import type { StoredTarName } from "./memory.ts";

const offeredSchema = v.array(
  v.strictObject({ id: v.string(), name: v.string(), sha: v.string(), sizeBytes: v.number() }),
);

/** A layer that buildpacks were offered, and whose contents lie ready. */
export type OfferedLayer = v.InferOutput<typeof offeredSchema>[number];

/** What of the memory may be kept in this build: where the contents of layers are, by buildpack and name. */
export class KeptLayers {
  readonly #directory: ByteString;
  readonly #layers: ReadonlyMap<string, StoredTarName>;

  /** In: the directory that `offerMemory` wrote. Throws CompileError. */
  static in(directory: ByteString): KeptLayers {
    return new KeptLayers(directory, readJsonFile(`${directory}${offeredFile}`, offeredSchema));
  }

  /** Where nothing was offered. */
  static none(): KeptLayers {
    return new KeptLayers("", []);
  }

  private constructor(directory: ByteString, layers: readonly OfferedLayer[]) {
    this.#directory = directory;
    this.#layers = new Map(
      layers.map(({ id, name, sha, sizeBytes }) => [keyOf(id, name), { sha, sizeBytes }]),
    );
  }

  tarOf(id: string, name: string): StoredTarName | undefined {
    return this.#layers.get(keyOf(id, name));
  }

  /** Where the contents of a layer are. */
  pathOf(sha: string): ByteString {
    return `${this.#directory}${contentsOf(sha)}`;
  }
}

function keyOf(id: string, name: string): string {
  return JSON.stringify([id, name]);
}
