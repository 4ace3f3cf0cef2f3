import { Code, ConnectError } from "@connectrpc/connect";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { type ImageConfig, readImageConfig } from "../../src/image/image-config.ts";
import type { ImageSource, PlatformImage, ResolvedImage } from "../../src/image/image-source.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../src/image/platform.ts";
import { formatReference, fullName, type ImageReference, pinReference } from "../../src/image/reference.ts";
import { present } from "../../src/present.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { image, platformOf } from "../graph/llb.ts";
import type { LoadedImage, NamedContexts } from "./named-contexts.ts";

/** Whether something went wrong with an image: it cannot be had, or is none. */
export function isImageFault(error: unknown): error is CompileError | TemporaryError | ConnectError {
  return error instanceof CompileError || error instanceof TemporaryError || error instanceof ConnectError;
}

/** `ImageSource` that asks BuildKit, which has the client's credentials, or takes what the client gave in place of an image. */
export class GatewayImages implements ImageSource {
  readonly #gateway: Gateway;
  readonly #contexts: NamedContexts;
  readonly #resolveMode: string;
  /** Images as they are, by reference and platform: the frontend makes its own from the run image. */
  readonly #images = new Map<string, LoadedImage>();

  /** In: `image-resolve-mode` of the build; `pull` under `--pull`. */
  constructor(gateway: Gateway, contexts: NamedContexts, resolveMode: string) {
    this.#gateway = gateway;
    this.#contexts = contexts;
    this.#resolveMode = resolveMode;
  }

  async resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    const wanted = platforms ?? [undefined];
    const answers = await Promise.all(wanted.map((platform) => this.#ask(reference, platform)));
    const found = answers.filter((answer) => answer.kind === "found");
    if (answers.every(({ kind }) => kind === "no image")) return undefined;
    const digest = found[0]?.digest;
    return {
      reference,
      ...present({ digest }),
      // Which others an index has BuildKit does not say.
      available: distinct(
        answers.flatMap((answer) => {
          if (answer.kind === "found") return [answer.image.platform];
          return answer.kind === "other platform" ? [answer.platform] : [];
        }),
      ),
      images: found.map(({ image }) => image),
    };
  }

  /** An image and its config, byte for byte. In: as `resolve` had it, or pinned. Throws as `resolve` does. */
  async load(reference: ImageReference, platform: Platform): Promise<LoadedImage> {
    const name = key(reference, platform);
    if (!this.#images.has(name)) await this.resolve(reference, [platform]);
    const found = this.#images.get(name);
    if (found === undefined) throw new Error(`${name} is not there`);
    return found;
  }

  /** In: platform absent: the image has no index, so that BuildKit's own choice of platform is the one there is. */
  async #ask(reference: ImageReference, platform: Platform | undefined): Promise<Answer> {
    const name = formatReference(reference);
    try {
      const replaced = await this.#contexts.load(reference, platform);
      const { digest, config } =
        replaced === undefined
          ? await this.#resolveConfig(reference, platform)
          : { digest: undefined, config: replaced.config };
      const read = parseConfig(config, name);
      const is = parsePlatform([read.os, read.architecture, read.variant].filter(Boolean).join("/"));
      if (is === undefined) return { kind: "no platform" };
      // An image without an index answers for any platform.
      if (platform !== undefined && formatPlatform(is) !== formatPlatform(platform)) {
        return { kind: "other platform", platform: is };
      }
      const pinned = digest === undefined ? reference : pinReference(reference, digest);
      const title = `[${formatPlatform(is)}] run image ${name}`;
      const found = replaced ?? { state: image(fullName(pinned), platformOf(is), title), config };
      for (const each of [reference, pinned]) this.#images.set(key(each, is), found);
      return { kind: "found", digest, image: { platform: is, config: read } };
    } catch (error) {
      return this.#fault(error, name);
    }
  }

  async #resolveConfig(
    reference: ImageReference,
    platform: Platform | undefined,
  ): Promise<{ readonly digest: string | undefined; readonly config: Uint8Array }> {
    const name = formatReference(reference);
    const title = platform === undefined ? name : `${name} (${formatPlatform(platform)})`;
    const { digest, config } = await this.#gateway.resolveImageConfig({
      ref: fullName(reference),
      ...(platform === undefined ? {} : { platform: { variant: "", ...platform } }),
      resolveMode: this.#resolveMode,
      logName: `[cnb] load metadata for ${title}`,
    });
    return { digest: digest === "" ? undefined : digest, config };
  }

  /** What BuildKit says of an image that it cannot resolve; a fault that is neither is thrown on. */
  #fault(error: unknown, name: string): Answer {
    if (!(error instanceof ConnectError)) throw error;
    const text = error.rawMessage;
    if (text.includes("no match for platform")) return { kind: "no platform" };
    if (error.code === Code.NotFound || /: not found$/.test(text)) return { kind: "no image" };
    if (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded) {
      throw new TemporaryError(
        diagnose("frontend/image-unavailable", { image: name, reason: text }, { file: name }),
        { cause: error },
      );
    }
    throw new CompileError(
      [diagnose("frontend/image-refused", { image: name, reason: text }, { file: name })],
      {
        cause: error,
      },
    );
  }
}

type Answer =
  | { readonly kind: "found"; readonly digest: string | undefined; readonly image: PlatformImage }
  | { readonly kind: "other platform"; readonly platform: Platform }
  | { readonly kind: "no image" | "no platform" };

function distinct(platforms: readonly Platform[]): Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

function key(reference: ImageReference, platform: Platform): string {
  return `${formatReference(reference)} ${formatPlatform(platform)}`;
}

function parseConfig(bytes: Uint8Array, image: string): ImageConfig {
  try {
    const config = readImageConfig(JSON.parse(Buffer.from(bytes).toString()));
    if (config !== undefined) return config;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CompileError([diagnose("frontend/bad-config", { image }, { file: image })]);
}
