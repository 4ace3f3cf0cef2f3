import { totalmem } from "node:os";
import { join } from "node:path";
import { readableSize, type UnpackLimits } from "../../../archive/unpack-budget.ts";
import { freeBytes, requireRoom } from "../disk-room.ts";
import { diskUse } from "../disk-use.ts";
import { GitLimitError } from "./git-limit-error.ts";

/** How long a server may take. */
export interface GitPeriods {
  /** Without a byte from it and without a word from git. */
  readonly silenceMs: number;
  /** For the repository and its submodules together. */
  readonly totalMs: number;
  /** For somebody at a terminal to type passwords, before the other two count. */
  readonly typingMs: number;
  /** Between two looks at the disk. */
  readonly lookMs: number;
}

/** Silence is long enough for a login in a browser. The whole ends what drips for ever. */
export const usualPeriods: GitPeriods = {
  ...{ silenceMs: 5 * 60_000, totalMs: 60 * 60_000, typingMs: 15 * 60_000, lookMs: 100 },
};

/** Refs and their directories that git writes for any repository. */
const usualRefEntries = 64;

/** What has come of one repository. */
interface Fetched {
  readonly bytes: number;
  readonly refEntries: number;
}

/** What git is doing. */
export interface GitTask {
  /** `.git` of the repository that comes from a server; absent: git works on this machine alone. */
  readonly fetchedInto?: string;
  /** Where files are written from a tree, and how large git says that they are; absent: none are. */
  readonly checkout?: { readonly tree: string; readonly sizeBytes: number };
}

/**
 * What a repository and its submodules may take of this machine, together: bytes that come, bytes and entries of the
 * trees, room on the disk, time. Each limit ends git at once.
 */
export class GitBudget {
  readonly #limits: UnpackLimits;
  readonly #periods: GitPeriods;
  readonly #root: string;
  readonly #fetched = new Map<string, Fetched>();
  #allFetchedBytes = 0;
  #refEntries = 0;
  #treeBytes = 0;
  #entries = 0;
  readonly #madeAt = performance.now();
  #startedAt: number | undefined;

  /** In: our directory; whether somebody sits at a terminal. */
  constructor(root: string, limits: UnpackLimits, periods: GitPeriods, hasTerminal: boolean) {
    this.#root = root;
    this.#limits = limits;
    this.#periods = periods;
    // Somebody at a terminal may be asked for a password; until a byte has come, he is the one who waits.
    if (!hasTerminal) this.#startedAt = this.#madeAt;
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

  /** Throws NoRoom where so many bytes and entries do not go onto the disk. */
  requireRoom(sizeBytes: number, entries: number): void {
    requireRoom(this.#root, { sizeBytes, entries });
  }

  /**
   * Runs git. In: what starts it, and calls what it gets at each sign of life. Throws GitLimitError, NoRoom; git then
   * still runs, and whoever hears of it ends it.
   */
  async watch<T>({ fetchedInto, checkout }: GitTask, run: (onSign: () => void) => Promise<T>): Promise<T> {
    let signAt = performance.now();
    const roomBefore = checkout === undefined ? 0 : freeBytes(this.#root);
    if (fetchedInto !== undefined) this.#countFetched(fetchedInto);
    const look = () => {
      requireRoom(this.#root);
      if (fetchedInto !== undefined && this.#countFetched(fetchedInto)) signAt = performance.now();
      // A look at each file of a large tree takes long; before that, the disk shows that something is wrong.
      if (checkout !== undefined && roomBefore - freeBytes(this.#root) > this.#limits.sizeBytes)
        this.#checkGrowth(checkout);
      this.#checkTime(fetchedInto === undefined ? undefined : signAt);
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
      if (fetchedInto !== undefined) this.#countFetched(fetchedInto);
      if (checkout !== undefined) this.#treeBytes += this.#checkGrowth(checkout);
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
    if (this.#treeBytes > maxBytes) throw this.#tooLarge();
  }

  /** Attributes of a tree (`ident`, `eol`, `working-tree-encoding`) make its files larger. Out: by how much. */
  #checkGrowth({ tree, sizeBytes }: NonNullable<GitTask["checkout"]>): number {
    const growth = Math.max(0, diskUse(tree, [".git"]).sizeBytes - sizeBytes);
    if (this.#treeBytes + growth > this.#limits.sizeBytes) throw this.#tooLarge();
    return growth;
  }

  #tooLarge(): GitLimitError {
    return new GitLimitError("sizeBytes", `its files have more than ${readableSize(this.#limits.sizeBytes)}`);
  }

  /** What is there at first is not counted. Out: whether there are more or fewer bytes than before. */
  #countFetched(directory: string): boolean {
    const { diskBytes, entries } = diskUse(join(directory, "refs"));
    const bytes = diskBytes + diskUse(directory, ["refs"]).diskBytes;
    const before = this.#fetched.get(directory) ?? { bytes, refEntries: 0 };
    const refEntries = Math.max(0, entries - usualRefEntries);
    this.#fetched.set(directory, { bytes, refEntries });
    this.#allFetchedBytes += bytes - before.bytes;
    this.#refEntries += refEntries - before.refEntries;
    if (this.#allFetchedBytes > 0) this.#startedAt ??= performance.now();
    const { sizeBytes, entries: maxEntries } = this.#limits;
    if (this.#allFetchedBytes > sizeBytes) {
      throw new GitLimitError("sizeBytes", `its server sends more than ${readableSize(sizeBytes)}`);
    }
    if (this.#refEntries > maxEntries) {
      throw new GitLimitError(
        "entries",
        `its branches and tags have more than ${maxEntries} files and directories`,
      );
    }
    return bytes !== before.bytes;
  }

  #checkTime(signAt: number | undefined): void {
    const now = performance.now();
    const { silenceMs, totalMs, typingMs } = this.#periods;
    if (now - this.#madeAt > typingMs) this.#startedAt ??= now;
    if (this.#startedAt === undefined) return;
    if (now - this.#startedAt > totalMs) {
      throw new GitLimitError("totalMs", `it takes longer than ${readablePeriod(totalMs)}`);
    }
    if (signAt !== undefined && now - signAt > silenceMs) {
      throw new GitLimitError("silenceMs", `the server sent nothing for ${readablePeriod(silenceMs)}`);
    }
  }
}

/** `5 minutes`, `1.5 seconds`. */
function readablePeriod(ms: number): string {
  const [count, unit] = ms < 60_000 ? [ms / 1000, "second"] : [Math.round(ms / 60_000), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
