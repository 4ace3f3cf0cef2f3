import { rmSync } from "node:fs";
import { recalledName } from "../../contract/cache/memory-places.ts";
import type { ImageLayer } from "../../contract/image-description.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import type { BuildpackLayers } from "../image/buildpack-layers.ts";
import type { KeptLayers } from "./kept-layers.ts";
import { recallTar } from "./recall.ts";

/** Layers that buildpacks kept without their contents, as they come out of the memory. */
export class RecalledLayers {
  readonly #kept: KeptLayers;
  readonly #directory: ByteString;
  /** Digests of what is in that directory. */
  readonly #unpacked = new Set<string>();

  /** In: what was offered. Where `unpack` writes, which need not be there. */
  constructor(kept: KeptLayers, directory: ByteString) {
    this.#kept = kept;
    this.#directory = directory;
  }

  /** Unpacks what buildpacks kept. Throws CompileError where a tar is damaged, or node's error. */
  async unpack(buildpacks: readonly BuildpackLayers[]): Promise<void> {
    for (const { id, layers } of buildpacks) {
      for (const { name } of layers.filter(({ launch, hasContents }) => launch && !hasContents)) {
        const sha = this.#shaOf(id, textOf(name));
        if (sha === undefined || this.#unpacked.has(sha)) continue;
        await recallTar(this.#kept.pathOf(sha), this.#placeOf(sha));
        this.#unpacked.add(sha);
      }
    }
  }

  /** Where whoever assembles the image finds the layer. Undefined: it is not remembered. */
  sourceOf(id: string, name: string): ImageLayer["source"] | undefined {
    const sha = this.#shaOf(id, name);
    return sha === undefined ? undefined : { stage: "cached", path: textOf(this.#kept.pathOf(sha)) };
  }

  /** Where the layer has been unpacked. Undefined: it has not. */
  directoryOf(id: string, name: string): ByteString | undefined {
    const sha = this.#shaOf(id, name);
    return sha === undefined || !this.#unpacked.has(sha)
      ? undefined
      : `${this.#placeOf(sha)}/${recalledName}`;
  }

  /** Removes what has been unpacked. */
  remove(): void {
    rmSync(bytesOf(this.#directory), { recursive: true, force: true });
  }

  #shaOf(id: string, name: string): string | undefined {
    return this.#kept.tarOf(id, name)?.sha;
  }

  #placeOf(sha: string): ByteString {
    return `${this.#directory}/${sha}`;
  }
}
