import { ConnectError } from "@connectrpc/connect";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import { type Dockerfile, namedStages } from "../../src/dockerfile/dockerfile.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { type ImageReference, parseReference } from "../../src/image/reference.ts";
import { isBuildpackContext } from "../../src/modules/locator.ts";
import type { BuildpackContext } from "../../src/modules/module-source.ts";
import {
  buildpackContext,
  cacheContext,
  previousContext,
  replaceableStages,
  volumeContext,
} from "../../src/stages/paths.ts";
import { definitionOf, type Gateway } from "../bridge/gateway.ts";
import { definitionFor, file, type State, stateOf } from "../graph/llb.ts";
import { ownImageName } from "../request/compile-options.ts";
import { dockerfileOptions, type FrontendOptions, optionsWith } from "../request/options.ts";

/** An image of one platform, whether of a registry or in place of one. */
export interface LoadedImage {
  /** Undefined: an empty file system. */
  readonly state: State | undefined;
  /** JSON. */
  readonly config: Uint8Array;
}

/** Names that a Dockerfile of ours has for what only the frontend can hand over. */
const inner: readonly string[] = [ownImageName, previousContext];

/**
 * What `--build-context NAME=VALUE` puts in place of images: another image, an OCI layout, a directory, what another
 * target of bake makes. A name counts for the image of that name and for the same image with a digest, since FROM lines
 * here have digests that nobody wrote. Source: Dockerfile reference, `docker buildx build --build-context`.
 */
export class NamedContexts {
  readonly #gateway: Gateway;
  readonly #options: FrontendOptions;
  readonly #given: Readonly<Record<string, string>>;
  /** Name of our own image; absent: BuildKit did not say. */
  readonly #own: string | undefined;
  /** Keys of those that took the place of an image. */
  readonly #loaded = new Set<string>();

  constructor(gateway: Gateway, options: FrontendOptions) {
    this.#gateway = gateway;
    this.#options = options;
    const { source } = options.values;
    this.#own = source;
    const own = source === undefined ? undefined : familiar(source);
    // A client that hands us to BuildKit does so by a context, which is used up when we run.
    this.#given = Object.fromEntries(
      Object.entries(optionsWith(options, "context:")).filter(([key]) => familiar(key) !== own),
    );
  }

  /** What stands in for an image. In: platform absent: that of the machine that builds. Undefined: nothing does. */
  async load(reference: ImageReference, platform: Platform | undefined): Promise<LoadedImage | undefined> {
    const suffix = `::${platform === undefined ? "" : formatPlatform(platform)}`;
    const key = this.#keys(reference).find((name) => !name.includes("::") || name.endsWith(suffix));
    if (key === undefined) return undefined;
    this.#loaded.add(key);
    const [name = key] = key.split("::");
    const { state, config } = await this.#read(name, platform);
    if (config === undefined) throw new Error(`BuildKit gave no config for the context ${name}`);
    return { state, config };
  }

  /** Our own image for a platform, from where BuildKit had it. Undefined: it cannot be had. */
  async ownFor(platform: Platform): Promise<State | undefined> {
    if (this.#own === undefined) return undefined;
    try {
      return (await this.#read(this.#own, platform)).state;
    } catch (error) {
      if (error instanceof ConnectError) return undefined;
      throw error;
    }
  }

  /** What is handed over for a buildpack. Undefined: nothing is. */
  async directory(name: BuildpackContext): Promise<State | undefined> {
    return this.#given[name] === undefined ? undefined : (await this.#read(name, undefined)).state;
  }

  /** Which kinds of values there are and what they mean, BuildKit's own frontend knows. */
  async #read(
    name: string,
    platform: Platform | undefined,
  ): Promise<{ readonly state: State | undefined; readonly config: Uint8Array | undefined }> {
    const dockerfile = file("/Dockerfile", `FROM ${name}\n`, `[internal] load the context ${name}`);
    const { result, metadata } = await this.#gateway.solve({
      kind: "frontend",
      frontend: "dockerfile.v0",
      evaluate: false,
      options: {
        ...dockerfileOptions(this.#options),
        filename: "Dockerfile",
        ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
      },
      inputs: { dockerfile: definitionFor(dockerfile) },
    });
    const config = metadata["containerimage.base.config"] ?? metadata["containerimage.config"];
    if (result.case !== "ref") {
      throw new Error(`BuildKit answered the context ${name} with ${result.case ?? "nothing"}`);
    }
    return { state: stateOf(definitionOf(result.value)), config };
  }

  /** The contexts by the names that a Dockerfile gives the images, for the frontend that builds it. */
  namedIn({ images }: Dockerfile): Record<string, string> {
    if (Object.keys(this.#given).length === 0) return {};
    const entries = images.flatMap(({ reference }) =>
      this.#keys(reference).map((key) => {
        const [, platform] = key.split("::");
        const name = familiarName(reference) + (platform === undefined ? "" : `::${platform}`);
        return [`context:${name}`, this.#given[key] ?? ""];
      }),
    );
    return Object.fromEntries(entries);
  }

  /**
   * Out: what says which contexts replace nothing of a build, once all images are known. Throws CompileError for one that is called like a
   * stage: that would take the place of what the stage does.
   */
  check(dockerfiles: readonly Dockerfile[]): (report: Report) => void {
    if (Object.keys(this.#given).length === 0) return () => undefined;
    const stages = dockerfiles.flatMap((dockerfile) => dockerfile.stages);
    const images = dockerfiles.flatMap((dockerfile) => dockerfile.images);
    const used = new Set(images.flatMap(({ reference }) => this.#keys(reference)));
    const names = [...new Set(images.map(({ base }) => base).filter((base) => !inner.includes(base)))];
    const known: readonly string[] = [...replaceableStages, cacheContext];
    // `build` hands a buildpack over before anybody knows whether it takes part.
    const isUsable = (key: string) => isBuildpackContext(key) || usable.has(key);
    const usable = new Set(dockerfiles.flatMap(directoriesOf));
    const unused = Object.keys(this.#given).filter(
      (key) => !used.has(key) && !known.includes(key) && !isUsable(key),
    );
    const location = (name: string) => ({ file: `--build-context ${name}` });
    const faults = unused
      .filter((name) => stages.some((stage) => stage.name === name))
      .map((name) => diagnose("frontend/context-is-stage", { name, names }, location(name)));
    if (faults.length > 0) throw new CompileError(faults);
    return (report) => {
      for (const name of unused.filter((key) => !this.#loaded.has(key))) {
        report(diagnose("frontend/context-without-use", { name, names }, location(name)));
      }
    };
  }

  /** Throws CompileError where a directory that steps mount is not handed over: BuildKit would look for an image. */
  requireDirectories(dockerfile: Dockerfile): void {
    const missing = directoriesOf(dockerfile).filter((name) => this.#given[name] === undefined);
    if (missing.length === 0) return;
    throw new CompileError(
      missing.map((name) =>
        isBuildpackContext(name)
          ? diagnose("modules/not-handed", { name })
          : diagnose("frontend/volume-not-handed", { name }),
      ),
    );
  }

  /** Names of the contexts for an image, those for one platform first. */
  #keys(reference: ImageReference): string[] {
    const { digest: _, ...withoutDigest } = reference;
    const wanted = [familiarName(reference), familiarName(withoutDigest)];
    const keys = Object.keys(this.#given).filter((key) => wanted.includes(familiar(key)));
    return keys.sort((a, b) => Number(b.includes("::")) - Number(a.includes("::")));
  }
}

/** Stages that are directories of whoever builds. */
function directoriesOf(dockerfile: Dockerfile): string[] {
  return namedStages(dockerfile)
    .filter(({ base, name }) => [volumeContext, buildpackContext].some((one) => base === `${one}:${name}`))
    .map(({ name }) => name);
}

/** A context's name as that of an image, without its platform. */
function familiar(key: string): string {
  const [name = key] = key.split("::");
  const reference = parseReference(name);
  return reference === undefined ? name : familiarName(reference);
}

/** As docker shortens names, which is how a context's name reaches BuildKit; two names of one image are the same so. */
export function familiarName({ registry, repository, tag, digest }: Omit<ImageReference, "name">): string {
  const name = registry === "docker.io" ? repository.replace(/^library\//, "") : `${registry}/${repository}`;
  const isLatest = tag === undefined || (tag === "latest" && digest === undefined);
  return name + (isLatest ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}
