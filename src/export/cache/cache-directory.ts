import { lstatSync, readdirSync, rmSync } from "node:fs";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { readPlainFile } from "../../layer/plain-path.ts";
import { limits } from "../limits.ts";
import { carriedMemory, type Memory, memoryName, parseMemory } from "../memory/memory.ts";
import { namedTars } from "./old-metadata.ts";

/** Name of the file that says which tar is which layer. */
export const metadataName = "io.buildpacks.lifecycle.cache.metadata";

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
export function metadataIn(directory: ByteString): string | undefined {
  return readPlainFile(directory, `/${metadataName}`, limits.cacheMetadataBytes)?.toString("utf8");
}

export function memoryIn(directory: ByteString): string | undefined {
  return readPlainFile(directory, `/${memoryName}`, limits.cacheMetadataBytes)?.toString("utf8");
}

function isDirectory(path: ByteString): boolean {
  return lstatSync(bytesOf(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Undefined: there is no regular file. */
export function fileSize(path: ByteString): number | undefined {
  const stats = lstatSync(bytesOf(path), { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}

/** Where the cache in a directory has a tar. */
export function cacheTarPath(directory: ByteString, sha: string): ByteString {
  return tarPath(`${directory}/committed`, sha);
}

export function tarPath(directory: ByteString, sha: string): ByteString {
  return `${directory}/${sha}.tar`;
}

export function hasMetadata(directory: ByteString): boolean {
  return fileSize(`${directory}/${metadataName}`) !== undefined;
}

export function remove(path: ByteString): void {
  rmSync(bytesOf(path), { recursive: true, force: true });
}
