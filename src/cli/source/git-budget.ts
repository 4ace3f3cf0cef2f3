import { readdirSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { readableSize, type UnpackLimits } from "../../archive/unpack-budget.ts";
import { requireRoom } from "./disk-room.ts";

/** How long a server may take. */
export interface GitPeriods {
  /** Without a byte from it and without a word from git. */
  readonly silenceMs: number;
  /** For the repository and its submodules together. */
  readonly totalMs: number;
  /** Between two looks at the disk. */
  readonly lookMs: number;
}

/** Silence is long enough for a login in a browser. The whole ends what drips for ever. */
export const usualPeriods: GitPeriods = { silenceMs: 5 * 60_000, totalMs: 60 * 60_000, lookMs: 100 };

/** What a source goes beyond. */
export type GitLimit = "sizeBytes" | "entries" | "path" | "silenceMs" | "totalMs";

/** A repository goes beyond a limit; the message is a clause for behind a colon. */
export class GitLimitError extends Error {
  override readonly name = "GitLimitError";
  readonly limit: GitLimit;

  constructor(limit: GitLimit, message: string) {
    super(message);
    this.limit = limit;
  }
}

/** What git is doing. */
export interface GitTask {
  /** Directory of the objects that come from a server; absent: git works on this machine alone. */
  readonly objects?: string;
}

/**
 * What a repository and its submodules may take of this machine, together: bytes that come, bytes and entries of the
 * trees, room on the disk, time. Each limit ends git at once.
 */
export class GitBudget {
  readonly #limits: UnpackLimits;
  readonly #periods: GitPeriods;
  readonly #root: string;
  readonly #fetchedBytes = new Map<string, number>();
  #allFetchedBytes = 0;
  #treeBytes = 0;
  #entries = 0;
  #startedAt: number | undefined;

  /** In: our directory. */
  constructor(root: string, limits: UnpackLimits, periods: GitPeriods) {
    this.#root = root;
    this.#limits = limits;
    this.#periods = periods;
    // Somebody at a terminal may be asked for a password; until a byte has come, he is the one who waits.
    if (!process.stdin.isTTY) this.#startedAt = performance.now();
  }

  get silenceMs(): number {
    return this.#periods.silenceMs;
  }

  /** Most that git may ask for at once: a few bytes of a pack can say that they become any number. */
  get allocationBytes(): number {
    return Math.max(2 ** 30, Math.floor(this.#limits.sizeBytes / 4));
  }

  /** Most memory for one of git's processes: half of what is there, unless that is more than any repository needs. */
  get memoryBytes(): number {
    const { sizeBytes } = this.#limits;
    const there = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
    return Math.max(2 ** 29, Math.min(there / 2, Math.max(4 * 2 ** 30, sizeBytes)));
  }

  /** Throws NoRoom where so many bytes do not go onto the disk. */
  requireRoom(sizeBytes: number): void {
    requireRoom(this.#root, sizeBytes);
  }

  /**
   * Runs git. In: what starts it, and calls what it gets at each sign of life. Throws GitLimitError, NoRoom; git then
   * still runs, and whoever hears of it ends it.
   */
  async watch<T>({ objects }: GitTask, run: (onSign: () => void) => Promise<T>): Promise<T> {
    let signAt = performance.now();
    const look = () => {
      requireRoom(this.#root);
      if (objects !== undefined && this.#countFetched(objects)) signAt = performance.now();
      this.#checkTime(objects === undefined ? undefined : signAt);
    };
    let timer: NodeJS.Timeout | undefined;
    const fault = new Promise<never>((_, reject) => {
      const lookAgain = () => {
        const before = performance.now();
        try {
          look();
        } catch (error) {
          return reject(error);
        }
        // A server without smart HTTP may bring a great many files.
        timer = setTimeout(lookAgain, Math.max(this.#periods.lookMs, 10 * (performance.now() - before)));
      };
      timer = setTimeout(lookAgain, this.#periods.lookMs);
    });
    try {
      const result = await Promise.race([
        run(() => {
          signAt = performance.now();
        }),
        fault,
      ]);
      if (objects !== undefined) this.#countFetched(objects);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** To be called for each entry of a tree, before it is checked out. In: size of a file. Throws GitLimitError. */
  countEntry(sizeBytes: number): void {
    const { sizeBytes: maxBytes, entries: maxEntries } = this.#limits;
    this.#entries += 1;
    if (this.#entries > maxEntries) {
      throw new GitLimitError("entries", `it has more than ${maxEntries} files and directories`);
    }
    this.#treeBytes += sizeBytes;
    if (this.#treeBytes > maxBytes) {
      throw new GitLimitError("sizeBytes", `its files have more than ${readableSize(maxBytes)}`);
    }
  }

  /** Out: whether there are more or fewer bytes than before. */
  #countFetched(objects: string): boolean {
    const before = this.#fetchedBytes.get(objects) ?? 0;
    const bytes = bytesBelow(objects);
    this.#fetchedBytes.set(objects, bytes);
    this.#allFetchedBytes += bytes - before;
    if (bytes > 0) this.#startedAt ??= performance.now();
    const { sizeBytes } = this.#limits;
    if (this.#allFetchedBytes > sizeBytes) {
      throw new GitLimitError("sizeBytes", `its server sends more than ${readableSize(sizeBytes)}`);
    }
    return bytes !== before;
  }

  #checkTime(signAt: number | undefined): void {
    if (this.#startedAt === undefined) return;
    const now = performance.now();
    const { silenceMs, totalMs } = this.#periods;
    if (now - this.#startedAt > totalMs) {
      throw new GitLimitError("totalMs", `it takes more than ${readablePeriod(totalMs)}`);
    }
    if (signAt !== undefined && now - signAt > silenceMs) {
      throw new GitLimitError("silenceMs", `nothing has come for ${readablePeriod(silenceMs)}`);
    }
  }
}

/** Of files, however they change meanwhile. */
function bytesBelow(directory: string): number {
  try {
    return readdirSync(directory, { withFileTypes: true }).reduce((bytes, entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return bytes + bytesBelow(path);
      return bytes + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
  } catch {
    return 0;
  }
}

/** `5 minutes`, `1.5 seconds`. */
function readablePeriod(ms: number): string {
  const [count, unit] = ms < 60_000 ? [ms / 1000, "second"] : [Math.round(ms / 60_000), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
