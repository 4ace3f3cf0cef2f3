import { createHash } from "node:crypto";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report, TemporaryError } from "../diagnostics/diagnostic.ts";
import { digestOf } from "../image/digest.ts";
import { acceptedTypes } from "../image/media-types.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { type Asked, badAnswer } from "./faults.ts";
import { Endpoint } from "./http/endpoint.ts";
import type { HttpClient } from "./http/http.ts";

export interface Content {
  readonly bytes: Buffer;
  /** Computed from the bytes. */
  readonly digest: string;
}

/** Longest time for one layer on its way, in milliseconds; as for a buildpack's archive. Silence ends it sooner. */
export const maxLayerMs = 30 * 60_000;

/** What a client works with; one for all images of a run. */
export interface RegistryAccess {
  readonly http: HttpClient;
  /** As RegistryOptions has them. */
  readonly mirrors: ReadonlyMap<string, string>;
  readonly report: Report;
}

/**
 * Reads manifests and blobs of one repository, from its mirror where it has one. Source: OCI distribution spec, "Pull".
 * Throws CompileError where access is refused or the answer is unusable, TemporaryError where retrying can help.
 */
export class RepositoryClient {
  readonly #access: RegistryAccess;
  readonly #asked: Asked;
  readonly #origin: Endpoint;
  /** Absent: there is none, or it failed once and is not worth another wait. */
  #mirror: Endpoint | undefined;

  constructor(reference: ImageReference, access: RegistryAccess) {
    const { registry, repository } = reference;
    const what = formatReference(reference);
    const asked = (host: string) => ({ what, host, location: { file: what } });
    const endpoint = (host: string, path: string) =>
      new Endpoint({ host, repository: path, asked: asked(host) }, access.http, access.report);
    this.#access = access;
    this.#asked = asked(registry);
    this.#origin = endpoint(registry, repository);
    const [host, ...prefix] = access.mirrors.get(registry)?.split("/") ?? [];
    if (host !== undefined) this.#mirror = endpoint(host, [...prefix, repository].join("/"));
  }

  /** Undefined: there is no such manifest. In: a tag or a digest. */
  manifest(name: string): Promise<Content | undefined> {
    return this.#get(`manifests/${name}`, acceptedTypes, name);
  }

  /** Undefined: there is no such blob. */
  blob(digest: string): Promise<Content | undefined> {
    return this.#get(`blobs/${digest}`, "*/*", digest);
  }

  /**
   * Hands over a blob as it comes, its last piece once the digest is right. `receive` is called again, with the beginning,
   * for each try; what it throws is thrown, a TemporaryError after the usual tries. Out: false: there is no such blob.
   */
  async receiveBlob(
    digest: string,
    receive: (pieces: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<boolean> {
    let thrown: unknown;
    const request = {
      path: `blobs/${digest}`,
      maxSizeBytes: Number.POSITIVE_INFINITY,
      totalMs: maxLayerMs,
      receive: (pieces: AsyncIterable<Uint8Array>) =>
        receive(this.#checked(pieces, digest)).catch((error: unknown) => {
          thrown = error;
          throw error;
        }),
    };
    const answer = await this.#mirror?.ask(request).catch((error: unknown) => {
      if (error === thrown) throw error;
      this.#passOver(error);
    });
    return (answer ?? (await this.#origin.ask(request))) !== undefined;
  }

  async *#checked(pieces: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let last: Uint8Array | undefined;
    for await (const piece of pieces) {
      hash.update(piece);
      if (last !== undefined) yield last;
      last = piece;
    }
    this.#requireDigest(digest, `sha256:${hash.digest("hex")}`);
    if (last !== undefined) yield last;
  }

  async #get(path: string, accept: string, name: string): Promise<Content | undefined> {
    const bytes = (await this.#getFromMirror(path, accept)) ?? (await this.#origin.get(path, accept));
    if (bytes === undefined) return undefined;
    const digest = digestOf(bytes);
    if (name.startsWith("sha256:")) this.#requireDigest(name, digest);
    return { bytes, digest };
  }

  #requireDigest(expected: string, actual: string): void {
    if (expected === actual) return;
    const { location, ...named } = this.#asked;
    throw new CompileError([diagnose("registry/wrong-digest", { ...named, expected, actual }, location)]);
  }

  /** Undefined: ask the registry itself. That the mirror refuses access is a fault that the user can mend. */
  async #getFromMirror(path: string, accept: string): Promise<Buffer | undefined> {
    try {
      return await this.#mirror?.get(path, accept);
    } catch (error) {
      this.#passOver(error);
      return undefined;
    }
  }

  /** Asks the mirror no more, after what it has thrown. Throws that where waiting does not help. */
  #passOver(error: unknown): void {
    const mirror = this.#mirror;
    if (!(error instanceof TemporaryError)) throw error;
    this.#mirror = undefined;
    // Another request at the same time may have told it already.
    if (mirror === undefined) return;
    const { location, ...named } = this.#asked;
    const reason = error.diagnostic.message;
    this.#access.report(
      diagnose("registry/mirror-unused", { ...named, mirror: mirror.place.host, reason }, location),
    );
  }

  /** Also for the caller, who knows more of what the bytes should be. */
  badAnswer(reason: string): CompileError {
    return badAnswer(reason, this.#asked);
  }
}
