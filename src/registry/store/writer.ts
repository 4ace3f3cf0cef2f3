import type { ImageReference } from "../../image/reference.ts";
import { formatReference } from "../../image/reference.ts";
import { maxLayerMs, type RegistryAccess, type RepositoryClient } from "../client.ts";
import { type Asked, badAnswer } from "../faults.ts";
import { Endpoint } from "../http/endpoint.ts";
import type { HttpStream } from "../http/http-message.ts";

/** A blob as a manifest names it. */
export interface NamedBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Where a blob is that another repository is to have. */
export interface BlobOrigin {
  readonly reference: ImageReference;
  readonly client: RepositoryClient;
}

/** How a blob came to be in a repository: it was there, the registry took it over by itself, or it went through here. */
type BlobArrival = "there" | "mounted" | "sent";

/**
 * Writes to one repository, never by way of a mirror. Source: OCI distribution spec, "Push".
 * Throws CompileError where access is refused or something not taken, TemporaryError where retrying can help.
 */
export class RepositoryWriter {
  readonly #reference: ImageReference;
  readonly #access: RegistryAccess;
  readonly #asked: Asked;
  readonly #endpoint: Endpoint;
  /** By repository that blobs are taken over from: a token for both. */
  readonly #mounting = new Map<string, Endpoint>();

  constructor(reference: ImageReference, access: RegistryAccess) {
    const what = formatReference(reference);
    this.#reference = reference;
    this.#access = access;
    this.#asked = { what, host: reference.registry, location: { file: what }, isPush: true };
    this.#endpoint = this.#endpointFor([]);
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await this.#endpoint.ask({ method: "HEAD", path: `blobs/${digest}` })) !== undefined;
  }

  /**
   * Brings a blob here that the repository lacks: from another repository of the same registry the registry takes it over,
   * else its content goes from there to here, checked against its digest, and is kept nowhere; `onSend` hears of each try.
   */
  async bringBlob(
    blob: NamedBlob,
    origin: BlobOrigin,
    onSend: () => void = () => {},
  ): Promise<Exclude<BlobArrival, "there">> {
    let place: URL | undefined;
    if (origin.reference.registry === this.#reference.registry) {
      const answer = await this.#mountBlob(blob.digest, origin.reference.repository);
      if (answer === "mounted") return answer;
      place = answer;
    }
    const found = await origin.client.receiveBlob(blob.digest, async (pieces) => {
      onSend();
      const to = place ?? (await this.#beginUpload());
      // Its upload ends with this try, however it ends.
      place = undefined;
      await this.#upload(to, blob, sized(pieces, blob, origin.client));
    });
    if (!found) throw origin.client.badAnswer(`its layer ${blob.digest} is missing`);
    return "sent";
  }

  async putBlob(digest: string, bytes: Buffer): Promise<BlobArrival> {
    if (await this.hasBlob(digest)) return "there";
    await this.#finishUpload(await this.#beginUpload(), digest, bytes);
    return "sent";
  }

  /** In: a tag or a digest. */
  async putManifest(name: string, bytes: Buffer, mediaType: string): Promise<void> {
    const headers = { "content-type": mediaType };
    const answer = await this.#endpoint.ask({
      method: "PUT",
      path: `manifests/${name}`,
      headers,
      body: bytes,
    });
    if (answer === undefined) throw badAnswer("HTTP 404 for an upload", this.#asked);
  }

  /** Out: where to send the blob to, or undefined, where the registry does not take it over. */
  async #mountBlob(digest: string, from: string): Promise<"mounted" | URL | undefined> {
    const endpoint = this.#mounting.get(from) ?? this.#endpointFor([`repository:${from}:pull`]);
    this.#mounting.set(from, endpoint);
    const path = `blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`;
    // Some registries refuse what they do not know; whatever is really wrong stands in the way of an upload, too.
    const answer = await endpoint.ask({ method: "POST", path }).catch(() => undefined);
    if (answer?.status === 201) return "mounted";
    const location = answer?.headers.get("location");
    return answer && location ? this.#uploadAddress(location, answer.url) : undefined;
  }

  async #beginUpload(): Promise<URL> {
    const answer = await this.#endpoint.ask({ method: "POST", path: "blobs/uploads/" });
    const location = answer?.headers.get("location");
    if (answer === undefined || !location)
      throw badAnswer("it returned no location for an upload", this.#asked);
    return this.#uploadAddress(location, answer.url);
  }

  /** Passes on what `pieces` throws, and never tells it as this registry's fault. */
  async #upload(to: URL, { digest, sizeBytes }: NamedBlob, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    let broken: unknown;
    async function* watched() {
      try {
        yield* pieces;
      } catch (error) {
        broken = error;
        throw error;
      }
    }
    try {
      await this.#finishUpload(to, digest, { sizeBytes, pieces: watched() });
    } catch (error) {
      throw broken ?? error;
    }
  }

  async #finishUpload(to: URL, digest: string, body: Buffer | HttpStream): Promise<void> {
    const url = new URL(to);
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const answer = await this.#endpoint.ask({ method: "PUT", path: url, headers, body, totalMs: maxLayerMs });
    if (answer === undefined) throw badAnswer("it no longer knows an upload", this.#asked);
  }

  #uploadAddress(location: string, from: URL): URL {
    if (!URL.canParse(location, from.href))
      throw badAnswer("it returned no location for an upload", this.#asked);
    const url = new URL(location, from);
    // A registry behind a proxy that ends TLS may not know how it was reached.
    if (url.hostname === from.hostname) url.protocol = from.protocol;
    if (url.protocol !== from.protocol) throw badAnswer("it redirects an upload to plain HTTP", this.#asked);
    return url;
  }

  #endpointFor(more: readonly string[]): Endpoint {
    const { registry: host, repository } = this.#reference;
    const scopes = [`repository:${repository}:pull,push`, ...more];
    return new Endpoint(
      { host, repository, scopes, asked: this.#asked },
      this.#access.http,
      this.#access.report,
    );
  }
}

/** The pieces, where there are as many bytes as the manifest says: more would be another request to the registry. */
async function* sized(
  pieces: AsyncIterable<Uint8Array>,
  { digest, sizeBytes }: NamedBlob,
  client: RepositoryClient,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  for await (const piece of pieces) {
    sentBytes += piece.byteLength;
    if (sentBytes > sizeBytes) break;
    yield piece;
  }
  if (sentBytes !== sizeBytes)
    throw client.badAnswer(`its layer ${digest} does not have the size in its manifest`);
}
