import { mkdirSync, statSync, writeFileSync } from "node:fs";
import {
  carriedFile,
  carriedTar,
  carriedTars,
  formatCarriedCache,
  parseCarriedCache,
} from "../../contract/cache/carried-cache.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { LargeFileError, plainStats, readPlainFile } from "../../layer/plain-path.ts";
import { OddEntryError } from "../../layer/walk.ts";
import { limits } from "../limits.ts";
import { formatSize, type Log } from "../log.ts";
import { carriedMemory, parseMemory } from "../memory/memory.ts";
import { cacheTarPath, readCacheMetadata, readMemory } from "./cache-directory.ts";
import { CacheStore } from "./cache-store.ts";
import { copyDigested } from "./digested-file.ts";
import { namedTars } from "./old-metadata.ts";

/** Characters of another mount's id that a message has: far above any id of ours. */
const maxShownLength = 512;

export interface CarryRequest {
  /** Where the cache mount is. */
  readonly cacheDirectory: ByteString;
  /** Id of the mount, of one app and one platform. */
  readonly mount: string;
}

interface UnpackRequest extends CarryRequest {
  /** Another mount whose cache is taken as well; absent: none. */
  readonly otherMount?: string;
}

/**
 * Copies the cache out of its mount, into the directory `to`, which need not be there. An empty mount gives a cache that
 * says so. Throws CompileError for a cache that is not whole, or node's error.
 */
export function packCache({ cacheDirectory, mount }: CarryRequest, to: ByteString, log: Log): void {
  const metadata = orDamaged(() => readCacheMetadata(cacheDirectory));
  const tars = metadata === undefined ? [] : namedTars(metadata);
  if (tars === undefined) throw damaged("its metadata cannot be read");
  mkdirSync(bytesOf(`${to}${carriedTars}`), { recursive: true });
  const memory = carriedMemory(readMemory(cacheDirectory));
  const sizesBytes = [...new Set([...tars, ...memory.tars])].map((sha) => {
    const from = cacheTarPath(cacheDirectory, sha);
    const copied = isFile(cacheDirectory, from) ? copyDigested(from, `${to}${carriedTar(sha)}`) : undefined;
    if (copied?.sha !== sha) throw damaged(`${sha} is ${copied === undefined ? "missing" : "damaged"}`);
    log(`cache ${sha} ${formatSize(copied.sizeBytes)} exported`);
    return [sha, copied.sizeBytes] as const;
  });
  const text = formatCarriedCache({
    ...{ mount, metadata: metadata ?? "", memory: memory.text, sizesBytes: Object.fromEntries(sizesBytes) },
    version: 1,
  });
  writeFileSync(bytesOf(`${to}${carriedFile}`), text);
}

/**
 * Makes a carried cache the one in the mount, in place of what is there. Everything is held against its digest first: a
 * cache that is damaged, or of another app or platform, changes nothing. Throws CompileError for it, or node's error.
 */
export function unpackCache(
  { cacheDirectory, mount, otherMount }: UnpackRequest,
  from: ByteString,
  log: Log,
): void {
  const text = orDamaged(() => readPlainFile(from, carriedFile, limits.cacheMetadataBytes));
  const carried = text && parseCarriedCache(text.toString("utf8"));
  if (carried === undefined) throw new CompileError([diagnose("export/not-a-cache", undefined)]);
  if (carried.mount !== mount && carried.mount !== otherMount) {
    // Anybody may have written it: it is shown, and only so much.
    const values = { found: carried.mount.slice(0, maxShownLength), expected: mount };
    throw new CompileError([diagnose("export/cache-of-another", values)]);
  }
  const tars = namedTars(carried.metadata);
  if (tars === undefined) throw damaged("its metadata cannot be read");
  // What another release remembers in another way is left aside.
  const memory = carriedMemory(parseMemory(carried.memory ?? ""));
  // The owner that BuildKit gave the mount: the build user.
  const { uid, gid } = statSync(bytesOf(cacheDirectory));
  const store = new CacheStore(cacheDirectory, { uid, gid });
  try {
    for (const sha of new Set([...tars, ...memory.tars])) {
      const tar = `${from}${carriedTar(sha)}`;
      const found = isFile(from, tar) ? store.adopt(tar) : undefined;
      if (found !== sha) throw damaged(`${sha} is ${found === undefined ? "missing" : "damaged"}`);
      log(`cache ${sha} ${formatSize(carried.sizesBytes[sha] ?? 0)} imported`);
    }
    store.commit(carried.metadata, memory.text);
  } catch (error) {
    store.discard();
    throw error;
  }
}

/**
 * `unpackCache` for a build, which goes on without a cache that cannot be taken. A mount that has got one meanwhile, of another
 * build of the app, keeps it. Out: why none was taken; empty: one was. Throws node's error.
 */
export function takeCache(request: UnpackRequest, from: ByteString, log: Log): string {
  if (readCacheMetadata(request.cacheDirectory) !== undefined) return "";
  try {
    unpackCache(request, from, log);
    return "";
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.diagnostics.map(({ message }) => message.replace(/\.$/, "")).join("; ");
  }
}

/** In: the path with its root, which is not looked at. A link counts as nothing: the image that it came in is anybody's. */
function isFile(root: ByteString, path: ByteString): boolean {
  return plainStats(root, path.slice(root.length))?.isFile() === true;
}

/** What is odd or too large in a cache is no buildpack's doing. */
function orDamaged<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof OddEntryError || error instanceof LargeFileError)) throw error;
    throw damaged(error.message);
  }
}

function damaged(reason: string): CompileError {
  return new CompileError([diagnose("export/cache-damaged", { reason })]);
}
