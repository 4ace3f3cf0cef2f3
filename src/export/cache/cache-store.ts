import { createHash } from "node:crypto";
import {
  closeSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import * as v from "valibot";
import type { CacheList } from "../../contract/cache-list.ts";
import type { Owner } from "../../contract/owner.ts";
import { isDigest } from "../../image/digest.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { measureTar } from "../../layer/lifecycle-tar.ts";
import { openPlainFile, readPlainFile } from "../../layer/plain-path.ts";
import { streamTar, type TarItem } from "../../layer/tar-stream.ts";
import { limits } from "../limits.ts";
import { carriedMemory, type Memory, memoryName, parseMemory, type StoredTarName } from "../memory/memory.ts";
import type { StoredTar, TarStore } from "./cache-list.ts";

/** Name of the file that says which tar is which layer. */
const metadataName = "io.buildpacks.lifecycle.cache.metadata";

/** What of the old metadata matters: the digests. Whatever else there is, the restorer needed it, not we. */
const oldMetadataSchema = v.object({
  sbom: v.optional(v.object({ sha: v.optional(v.string(), "") })),
  buildpacks: v.optional(
    v.nullable(
      v.array(v.object({ key: v.string(), layers: v.record(v.string(), v.object({ sha: v.string() })) })),
    ),
  ),
});

export type OldMetadata = v.InferOutput<typeof oldMetadataSchema>;

/**
 * The directory that the lifecycle calls its volume cache: `committed/` with the metadata and one tar per layer, named
 * `sha256:….tar`. Source: ARCHITECTURE.md, "The cache".
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
      return v.parse(oldMetadataSchema, JSON.parse(metadataIn(this.#committed) ?? ""));
    } catch {
      return {};
    }
  }

  /**
   * Whether this very cache is there, as far as it says so of itself: the tars by name and size, for a restorer compares
   * each with its digest.
   */
  holds({ metadata, memory, sizesBytes }: CacheList): boolean {
    try {
      return (
        metadataIn(this.#committed) === metadata &&
        (memoryIn(this.#committed) ?? "") === memory &&
        Object.entries(sizesBytes).every(
          ([sha, sizeBytes]) => fileSize(tarPath(this.#committed, sha)) === sizeBytes,
        )
      );
    } catch {
      return false;
    }
  }

  /**
   * Stores a tar, unless the old one of digest `oldSha` holds the same bytes. In: a function that starts the stream
   * anew. Throws node's error on a full disk.
   */
  store(items: () => Iterable<TarItem>, oldSha: string): StoredTar {
    const old = tarPath(this.#committed, oldSha);
    const oldSize = isDigest(oldSha) ? fileSize(old) : undefined;
    if (oldSize !== undefined && holds(old, oldSha, items())) {
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

/**
 * What a cache holds, as JSON: the text that describes it and the sizes of its tars. The same text for the same cache,
 * which no build changes while it is read: each holds the mount alone.
 */
export function readCacheState(directory: ByteString): string {
  repairCache(directory);
  const committed = `${directory}/committed`;
  const names = isDirectory(committed) ? readdirSync(bytesOf(committed), { encoding: "latin1" }) : [];
  const metadata = readCacheMetadata(directory) ?? "";
  // What is remembered is for others to look at, and would have the restorer run again.
  const remembered = new Set([
    memoryName,
    ...carriedMemory(readMemory(directory)).tars.map((sha) => `${sha}.tar`),
  ]);
  const restored = new Set(namedTars(metadata)?.map((sha) => `${sha}.tar`));
  const sizesBytes = names
    .filter((name) => !remembered.has(name) || restored.has(name))
    .sort()
    .map((name) => [name, fileSize(`${committed}/${name}`) ?? 0] as const);
  return `${JSON.stringify({ metadata, sizesBytes: Object.fromEntries(sizesBytes) })}\n`;
}

/** Text that describes the cache in a directory. Undefined: there is none. Throws node's error. */
export function readCacheMetadata(directory: ByteString): string | undefined {
  return metadataIn(`${directory}/committed`);
}

/** What is remembered in a cache's directory. Undefined: nothing, or what cannot be read. Throws node's error. */
export function readMemory(directory: ByteString): Memory | undefined {
  const text = memoryIn(`${directory}/committed`);
  return text === undefined ? undefined : parseMemory(text);
}

/**
 * Removes what no cache of ours has: links, FIFOs and the like, where the directories and their files belong. The stock
 * restorer, which runs next, would follow them, or wait for ever.
 */
export function repairCache(directory: ByteString): void {
  for (const name of ["committed", "committed-backup", "staging"]) {
    const path = `${directory}/${name}`;
    if (!isDirectory(path)) {
      remove(path);
      continue;
    }
    for (const entry of readdirSync(bytesOf(path), { encoding: "latin1" })) {
      if (fileSize(`${path}/${entry}`) === undefined) remove(`${path}/${entry}`);
    }
  }
  for (const name of [metadataName, memoryName]) {
    const path = `${directory}/committed/${name}`;
    if ((fileSize(path) ?? 0) > limits.cacheMetadataBytes) remove(path);
  }
}

/** Text that describes the cache in a directory such as `committed`. Undefined: there is none. */
function metadataIn(directory: ByteString): string | undefined {
  return readPlainFile(directory, `/${metadataName}`, limits.cacheMetadataBytes)?.toString("utf8");
}

function memoryIn(directory: ByteString): string | undefined {
  return readPlainFile(directory, `/${memoryName}`, limits.cacheMetadataBytes)?.toString("utf8");
}

function isDirectory(path: ByteString): boolean {
  return lstatSync(bytesOf(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Undefined: there is no regular file. */
function fileSize(path: ByteString): number | undefined {
  const stats = lstatSync(bytesOf(path), { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}

/** Where the cache in a directory has a tar. */
export function cacheTarPath(directory: ByteString, sha: string): ByteString {
  return tarPath(`${directory}/committed`, sha);
}

/** Digests of the tars that a cache consists of, each once. Undefined: the text describes no cache. */
export function namedTars(metadata: string): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(metadata);
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(oldMetadataSchema, value);
  if (!success) return undefined;
  const layers = (output.buildpacks ?? []).flatMap(({ layers }) => Object.values(layers));
  const shas = [...layers.map(({ sha }) => sha), ...[output.sbom?.sha ?? ""].filter((sha) => sha !== "")];
  return shas.every(isDigest) ? [...new Set(shas)] : undefined;
}

/** Copies a file. Out: what it is. Throws node's error. */
export function copyDigested(
  from: ByteString,
  to: ByteString,
): { readonly sha: string; readonly sizeBytes: number } {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const source = openPlainFile(from);
  try {
    const target = openSync(bytesOf(to), "wx", 0o644);
    try {
      let sizeBytes = 0;
      for (;;) {
        const part = chunk.subarray(0, readFully(source, chunk));
        if (part.length === 0) return { sha: `sha256:${hash.digest("hex")}`, sizeBytes };
        hash.update(part);
        for (let offset = 0; offset < part.length; ) offset += writeSync(target, part, offset);
        sizeBytes += part.length;
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function tarPath(directory: ByteString, sha: string): ByteString {
  return `${directory}/${sha}.tar`;
}

function hasMetadata(directory: ByteString): boolean {
  return fileSize(`${directory}/${metadataName}`) !== undefined;
}

function remove(path: ByteString): void {
  rmSync(bytesOf(path), { recursive: true, force: true });
}

/** Whether the file holds this very stream and its digest is `sha`; stops at the first difference. */
function holds(path: ByteString, sha: string, items: Iterable<TarItem>): boolean {
  const hash = createHash("sha256");
  const file = openPlainFile(path);
  let other: Buffer = Buffer.alloc(0);
  let same = true;
  try {
    streamTar(items, (chunk) => {
      if (other.length < chunk.length) other = Buffer.allocUnsafe(chunk.length);
      const read = readFully(file, other.subarray(0, chunk.length));
      same = read === chunk.length && chunk.equals(other.subarray(0, read));
      if (same) hash.update(chunk);
      return same;
    });
    return same && readFully(file, Buffer.alloc(1)) === 0 && `sha256:${hash.digest("hex")}` === sha;
  } finally {
    closeSync(file);
  }
}

/** Fills `target` as far as the file goes; out: how many bytes. */
function readFully(file: number, target: Buffer): number {
  let filled = 0;
  while (filled < target.length) {
    const read = readSync(file, target, filled, target.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
