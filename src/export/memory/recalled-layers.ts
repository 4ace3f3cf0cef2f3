import { rmSync } from "node:fs";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import type { BuildpackLayers } from "../buildpack-layers.ts";
import type { ImageLayer } from "../image-description.ts";
import type { KeptLayers } from "./kept-layers.ts";
import { recalledName } from "./places.ts";
import { recallTar } from "./recall.ts";

/** Layers that buildpacks kept without their contents, as they come out of the memory. */
export class RecalledLayers {
  readonly #kept: KeptLayers | undefined;
  readonly #directory: ByteString;
  #isUnpacked = false;

  /** In: what was offered; undefined: nothing is remembered. Where `unpack` writes, which need not be there. */
  constructor(kept: KeptLayers | undefined, directory: ByteString) {
    this.#kept = kept;
    this.#directory = directory;
  }

  /** Unpacks what buildpacks kept. Throws CompileError where a tar is damaged, or node's error. */
  async unpack(buildpacks: readonly BuildpackLayers[]): Promise<void> {
    const kept = buildpacks.flatMap(({ id, layers }) =>
      layers
        .filter(({ launch, hasContents }) => launch && !hasContents)
        .flatMap(({ name }) => this.#kept?.tarOf(id, textOf(name))?.sha ?? []),
    );
    for (const sha of new Set(kept)) {
      this.#isUnpacked = true;
      await recallTar(this.#kept?.pathOf(sha) ?? "", `${this.#directory}/${sha}`);
    }
  }

  /** Where whoever assembles the image finds the layer. Undefined: it is not remembered. */
  sourceOf(id: string, name: string): ImageLayer["source"] | undefined {
    const sha = this.#kept?.tarOf(id, name)?.sha;
    return sha === undefined ? undefined : { stage: "cached", path: textOf(this.#kept?.pathOf(sha) ?? "") };
  }

  /** Where the layer has been unpacked. Undefined: it has not. */
  directoryOf(id: string, name: string): ByteString | undefined {
    const sha = this.#kept?.tarOf(id, name)?.sha;
    return sha === undefined || !this.#isUnpacked ? undefined : `${this.#directory}/${sha}/${recalledName}`;
  }

  /** Removes what has been unpacked. */
  remove(): void {
    rmSync(bytesOf(this.#directory), { recursive: true, force: true });
  }
}
