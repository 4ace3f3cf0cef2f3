import type { LayerMeasure } from "../../contract/layer-measure.ts";
import {
  parseRestoredLayers,
  type RestoredLayer,
  restoredLayersFile,
} from "../../contract/restored-layers.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { plainStats, readPlainFile } from "../../layer/plain-path.ts";
import { isSameTree } from "../../layer/same-tree.ts";
import { below, OddEntryError } from "../../layer/walk.ts";
import { limits } from "../limits.ts";
import type { LayersPlace } from "./naming-buildpacks.ts";

/**
 * The layers of a build beside those that the restorer had left for it. One that is still the same can be taken from there, where
 * BuildKit has looked at it in an earlier build. That is decided by contents: times and owners are those of this build's copy.
 */
export class RestoredLayers {
  readonly #place: LayersPlace;
  readonly #directory: ByteString;
  #described: ReadonlyMap<string, RestoredLayer> | undefined;
  readonly #compared = new Map<ByteString, boolean>();

  /** In: what stands for the directory of layers in the stage `restore`. */
  constructor(place: LayersPlace, directory: ByteString) {
    this.#place = place;
    this.#directory = directory;
  }

  /** Whether the directory at the absolute `path` is as the restorer left it. Throws node's error where it cannot be read. */
  isUnchanged(path: ByteString): boolean {
    const known = this.#compared.get(path);
    if (known !== undefined) return known;
    const { root, layersDirectory } = this.#place;
    // Other directories than those of layers can go into the image as they are, too.
    if (!path.startsWith(`${layersDirectory}/`)) return false;
    const inRestored = path.slice(layersDirectory.length);
    const is =
      this.#hasDirectory(inRestored) && isSameTree(below(root, path), `${this.#directory}${inRestored}`);
    this.#compared.set(path, is);
    return is;
  }

  /** What BuildKit will find of an unchanged layer. Undefined: whoever restored it did not say. */
  measureOf(path: ByteString): LayerMeasure | undefined {
    return this.#of(path)?.measure;
  }

  /** The tar of the cache that an unchanged layer comes from. Undefined: it is another one, or whoever restored it did not say. */
  shaOf(path: ByteString): string | undefined {
    const described = this.#of(path);
    return described !== undefined && this.isUnchanged(path) ? described.sha : undefined;
  }

  #of(path: ByteString): RestoredLayer | undefined {
    this.#described ??= this.#read();
    return this.#described.get(path);
  }

  #read(): ReadonlyMap<string, RestoredLayer> {
    const json = readPlainFile(this.#directory, restoredLayersFile, limits.metadataBytes);
    return json === undefined ? new Map() : parseRestoredLayers(json.toString());
  }

  #hasDirectory(path: ByteString): boolean {
    try {
      return plainStats(this.#directory, path)?.isDirectory() === true;
    } catch (error) {
      if (error instanceof OddEntryError) return false;
      throw error;
    }
  }
}
