import {
  closeSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { Owner } from "../../contract/owner.ts";
import { isDigest } from "../../image/digest.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { measureTar } from "../../layer/lifecycle-tar.ts";
import type { TarItem } from "../../layer/tar-stream.ts";
import { type Memory, memoryName, parseMemory, type StoredTarName } from "../memory/memory.ts";
import {
  fileSize,
  hasMetadata,
  memoryIn,
  metadataIn,
  metadataName,
  remove,
  repairCache,
  tarPath,
} from "./cache-directory.ts";
import { copyDigested, holdsStream } from "./digested-file.ts";
import { namedTars, type OldMetadata, parseOldMetadata } from "./old-metadata.ts";
import type { StoredTar, TarOrigin, TarStore } from "./tar-store.ts";

/**
 * The directory that the lifecycle calls its volume cache: `committed/` with the metadata and one tar per layer, named
 * `sha256:….tar`. Source: docs/design/cache.md.
 *
 * The lifecycle swaps whole directories, and a build killed between its two renames loses the cache. Tars are named by
 * their content, so here they are moved into `committed/` first, one rename replaces the metadata, and what it no
 * longer names is deleted last: a reader finds the old cache or the new one, whenever the writer is killed.
 *
 * A mount may hold what another wrote there, as links: nothing is followed, and what is neither a directory nor a file in
 * its place is damage, and removed.
 */
export class CacheStore implements TarStore {
  readonly #committed: ByteString;
  readonly #staging: ByteString;
  readonly #backup: ByteString;
  readonly #owner: Owner;
  readonly #staged = new Set<string>();
  readonly #wanted = new Set<string>();

  /** Opens the cache in `directory`, which exists, and repairs what a killed build left there. */
  constructor(directory: ByteString, owner: Owner) {
    this.#committed = `${directory}/committed`;
    this.#staging = `${directory}/staging`;
    this.#backup = `${directory}/committed-backup`;
    this.#owner = owner;
    repairCache(directory);
    remove(this.#staging);
    if (!hasMetadata(this.#committed) && hasMetadata(this.#backup)) {
      remove(this.#committed);
      renameSync(bytesOf(this.#backup), bytesOf(this.#committed));
    }
    remove(this.#backup);
    for (const path of [this.#staging, this.#committed])
      mkdirSync(bytesOf(path), { recursive: true, mode: 0o755 });
    for (const path of [directory, this.#staging, this.#committed]) this.#own(path);
  }

  /** What the cache held so far; empty where it is unreadable, as the lifecycle takes it. */
  oldMetadata(): OldMetadata {
    try {
      return parseOldMetadata(metadataIn(this.#committed) ?? "");
    } catch {
      return {};
    }
  }

  /**
   * Stores a tar, unless the old one of digest `oldSha` holds the same bytes; of a layer that is as it was restored, that need
   * not be looked at. In: a function that starts the stream anew. Throws node's error on a full disk.
   */
  store(items: () => Iterable<TarItem>, oldSha: string, origin: TarOrigin): StoredTar {
    const old = tarPath(this.#committed, oldSha);
    const oldSize = isDigest(oldSha) ? fileSize(old) : undefined;
    if (oldSize !== undefined && (origin === "restored" || holdsStream(old, oldSha, items()))) {
      this.#wanted.add(oldSha);
      return { sha: oldSha, kept: true, sizeBytes: oldSize };
    }
    const unnamed = `${this.#staging}/tar`;
    const { sha, sizeBytes } = this.#write(unnamed, items());
    renameSync(bytesOf(unnamed), bytesOf(tarPath(this.#staging, sha)));
    this.#own(tarPath(this.#staging, sha));
    this.#staged.add(sha);
    this.#wanted.add(sha);
    return { sha, kept: false, sizeBytes };
  }

  /** Takes a tar into the cache that is there already, or lies at `path`. Throws where it is another, or node's error. */
  keep({ sha, sizeBytes }: StoredTarName, path: ByteString): void {
    if (fileSize(tarPath(this.#committed, sha)) === sizeBytes) this.#wanted.add(sha);
    else if (this.adopt(path) !== sha) throw new Error(`${sha} is damaged`);
  }

  /** What was remembered so far. Undefined: nothing, or what cannot be read. */
  oldMemory(): Memory | undefined {
    try {
      return parseMemory(memoryIn(this.#committed) ?? "");
    } catch {
      return undefined;
    }
  }

  /** Stores a tar of another cache. Out: the digest that it really has. Throws node's error. */
  adopt(file: ByteString): string {
    const unnamed = `${this.#staging}/tar`;
    const { sha } = copyDigested(file, unnamed);
    renameSync(bytesOf(unnamed), bytesOf(tarPath(this.#staging, sha)));
    this.#own(tarPath(this.#staging, sha));
    this.#staged.add(sha);
    this.#wanted.add(sha);
    return sha;
  }

  /** Makes what was stored the cache, described by these texts, and forgets the rest. An empty memory is none. */
  commit(metadata: string, memory: string): void {
    this.#commit(metadata, memory);
  }

  /** In: undefined or empty for a text that there is not. */
  #commit(metadata: string | undefined, memory: string): void {
    const described = [[metadataName, metadata ?? ""] as const, [memoryName, memory] as const].filter(
      ([, text]) => text !== "",
    );
    for (const [name, text] of described) {
      writeFileSync(bytesOf(`${this.#staging}/${name}`), text, { mode: 0o644 });
      this.#own(`${this.#staging}/${name}`);
    }
    for (const sha of this.#staged) {
      renameSync(bytesOf(tarPath(this.#staging, sha)), bytesOf(tarPath(this.#committed, sha)));
    }
    for (const [name] of described) {
      renameSync(bytesOf(`${this.#staging}/${name}`), bytesOf(`${this.#committed}/${name}`));
    }
    const wanted = new Set([
      ...described.map(([name]) => name),
      ...[...this.#wanted].map((sha) => `${sha}.tar`),
    ]);
    for (const name of readdirSync(bytesOf(this.#committed), { encoding: "latin1" })) {
      if (!wanted.has(name)) remove(`${this.#committed}/${name}`);
    }
    remove(this.#staging);
  }

  /** Makes what was stored the memory beside a cache that stays as it is. Empty: there is none. Throws node's error. */
  commitMemory(memory: string): void {
    const metadata = metadataIn(this.#committed);
    for (const sha of namedTars(metadata ?? "") ?? []) this.#wanted.add(sha);
    this.#commit(metadata, memory);
  }

  /** Leaves the old cache as it is. */
  discard(): void {
    remove(this.#staging);
  }

  #write(path: ByteString, items: Iterable<TarItem>): { sha: string; sizeBytes: number } {
    const file = openSync(bytesOf(path), "wx", 0o644);
    try {
      return measureTar(items, (chunk) => {
        for (let offset = 0; offset < chunk.length; ) offset += writeSync(file, chunk, offset);
      });
    } finally {
      closeSync(file);
    }
  }

  #own(path: ByteString): void {
    lchownSync(bytesOf(path), this.#owner.uid, this.#owner.gid);
  }
}
