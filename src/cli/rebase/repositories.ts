import type { Report } from "../../diagnostics/diagnostic.ts";
import type { ImageReference } from "../../image/reference.ts";
import { type RegistryAccess, RepositoryClient } from "../../registry/client.ts";
import { HttpClient, type Traffic } from "../../registry/http/http.ts";
import type { RegistryOptions } from "../../registry/options.ts";
import { RepositoryWriter } from "../../registry/store/writer.ts";

/** Repositories of one run: each is logged in to once for reading, and once for writing. */
export class Repositories {
  readonly #access: RegistryAccess;
  readonly #clients = new Map<string, RepositoryClient>();
  readonly #writers = new Map<string, RepositoryWriter>();

  constructor(options: RegistryOptions, report: Report) {
    this.#access = { http: new HttpClient(options), mirrors: options.mirrors, report };
  }

  get traffic(): Traffic {
    return this.#access.http.traffic;
  }

  /** Reads; of the images that are to be replaced never a mirror's, which may have an older one. */
  client(reference: ImageReference, from: "anywhere" | "origin"): RepositoryClient {
    const key = `${from} ${reference.name}`;
    const access = from === "origin" ? { ...this.#access, mirrors: new Map() } : this.#access;
    const client = this.#clients.get(key) ?? new RepositoryClient(reference, access);
    this.#clients.set(key, client);
    return client;
  }

  writer(reference: ImageReference): RepositoryWriter {
    const writer = this.#writers.get(reference.name) ?? new RepositoryWriter(reference, this.#access);
    this.#writers.set(reference.name, writer);
    return writer;
  }
}
