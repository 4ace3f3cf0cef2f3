import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { fullName, parseReference, pinReference } from "../../src/image/reference.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Title } from "../graph/layers.ts";
import { definitionFor, difference, image, platformOf, type State } from "../graph/llb.ts";
import { type GatewayImages, isImageFault } from "../sources/image-source.ts";

/**
 * Layers of an image that lies where the build's own goes. One of a digest that this build has computed itself need not be copied, compressed
 * and sent: BuildKit names the blob that is there, and does not even fetch it.
 */
export class PushedLayers {
  readonly #reference: string;
  readonly #platform: Platform;
  readonly #diffIds: readonly string[];

  /** In: the image by digest, and its config's `rootfs.diff_ids`. */
  constructor(reference: string, platform: Platform, diffIds: readonly string[]) {
    this.#reference = reference;
    this.#platform = platform;
    this.#diffIds = diffIds;
  }

  /** Undefined: no layer of the image has that digest. */
  stateOf(diffId: string, title: Title): State | undefined {
    const index = this.#diffIds.indexOf(diffId);
    if (index < 1) return undefined;
    const upTo = (count: number) =>
      image(this.#reference, platformOf(this.#platform), title(`${this.#reference}, layer ${count}`), count);
    return difference(upTo(index), upTo(index + 1), title(`layer in the registry: ${diffId}`));
  }
}

/** Undefined: there is no such image for the platform, or it cannot be asked for. */
export async function pushedLayers(
  gateway: Gateway,
  images: GatewayImages,
  name: string,
  platform: Platform,
): Promise<PushedLayers | undefined> {
  const reference = parseReference(name);
  if (reference === undefined) return undefined;
  try {
    const found = await images.resolve(reference, [platform]);
    const diffIds = found?.images[0]?.config.diffIds;
    if (found?.digest === undefined || diffIds === undefined) return undefined;
    const pinned = fullName(pinReference(reference, found.digest));
    // An image whose parts do not fit together would fail the build when it is nearly done; nothing of it is fetched.
    const title = `[${formatPlatform(platform)}] image to replace ${name}`;
    await gateway.solveGraph(definitionFor(image(pinned, platformOf(platform), title)), true);
    return new PushedLayers(pinned, platform, diffIds);
  } catch (error) {
    if (!isImageFault(error)) throw error;
    return undefined;
  }
}
