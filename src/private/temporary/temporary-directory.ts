import { createHash } from "node:crypto";
import {
  chmodSync,
  type Dirent,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isOurs } from "../is-ours.ts";
import { isRunning } from "./is-running.ts";
import { noTemporaryDirectory, temporaryParent } from "./temporary-parent.ts";

/** What a directory is for; it stands in its name. */
type TemporaryKind = "build" | "container" | "frontend" | "git" | "module" | "source";

interface TemporaryDirectory {
  /** Absolute, without links. */
  readonly path: string;
  /** Removes it, whatever modes its directories have. */
  readonly remove: () => void;
}

/**
 * Makes a directory that only we can enter, and removes those that killed runs have left. Its name says whose it is:
 * process, the process's start, and the system of which it is a process. Throws CompileError.
 */
export function makeTemporaryDirectory(kind: TemporaryKind): TemporaryDirectory {
  const parent = temporaryParent();
  if (!cleared.has(parent)) clearAbandoned(parent);
  cleared.add(parent);
  const { pid } = process;
  const owner = [pid, startOf(pid) ?? 0, system()].join(".");
  try {
    const path = realpathSync(mkdtempSync(join(parent, `cnb-dockerfile-${kind}-${owner}-`)));
    return { path, remove: () => removeTree(path) };
  } catch (error) {
    throw noTemporaryDirectory(error);
  }
}

/** Once for a process. */
const cleared = new Set<string>();

const ownName = /^cnb-dockerfile-[a-z]+-(\d+)\.(\d+)\.([\da-f]{16})-\w{6}$/;
/** After so long nobody works in a directory of a system that we cannot look into. */
const foreignMs = 7 * 24 * 60 * 60_000;

/** Nothing here may keep a run from its work. */
function clearAbandoned(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const [, pid, start, space] = ownName.exec(name) ?? [];
      if (pid === undefined || start === undefined) continue;
      const path = join(parent, name);
      if (!isOurAlone(path)) continue;
      const isAbandoned =
        space === system()
          ? !isAlive(Number(pid), Number(start))
          : Date.now() - lstatSync(path).mtimeMs > foreignMs;
      if (isAbandoned) discard(path);
    }
  } catch {}
}

function isOurAlone(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isOurs(path) && (found.mode & 0o077) === 0;
}

function discard(path: string): void {
  try {
    removeTree(path);
  } catch {}
}

/**
 * The boot and the process namespace in which a process number means something; elsewhere the machine's name. Containers
 * and machines can share a temporary directory.
 */
function system(): string {
  const parts = hasOwnProc()
    ? [readFileSync("/proc/sys/kernel/random/boot_id", "utf8"), readlinkSync("/proc/self/ns/pid")]
    : [hostname()];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
}

/** Not where there is no /proc, or one of another process namespace. */
function hasOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
}

/** In ticks since the boot; undefined: there is no such process, or nobody says. Source: proc_pid_stat(5). */
function startOf(pid: number): number | undefined {
  if (!hasOwnProc()) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended; its parent just has not asked.
    return state === "Z" || state === "X" ? undefined : Number(fields[18]);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number, start: number): boolean {
  if (hasOwnProc()) return startOf(pid) === start;
  return isRunning(pid);
}

/** What a killed run has started may still write for a moment. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;

function removeTree(path: string): void {
  try {
    rmSync(path, removal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    openDirectories(path);
    rmSync(path, removal);
  }
}

/** An archive may hold directories of any mode. */
function openDirectories(path: string): void {
  chmodSync(path, 0o700);
  const entries: Dirent[] = readdirSync(path, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) openDirectories(join(path, entry.name));
}
