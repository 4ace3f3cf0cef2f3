import { spawn } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/** A lock on a state directory, held by every process that has its file open. */
export interface StateLock {
  /** To be handed to child processes: the lock is free when the last of them has ended, too. */
  readonly fd: number;
  /** Gives up this process's part. */
  readonly release: () => void;
}

export interface LockRequest {
  readonly directory: string;
  /** Takes a line about the wait. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes the lock, after waiting for who has it. flock(2) locks an open file, not a process: flock(1) locks the one that it
 * inherits from us, and the lock then goes on to whom we start, so that it cannot be free while a daemon of ours lives.
 * Throws CompileError where there is no flock(1) or the file system knows no locks; the signal's reason when it comes.
 */
export async function lockState({ directory, say, signal }: LockRequest): Promise<StateLock> {
  const file = join(directory, "lock");
  // Not "w": the content is another holder's until the lock is ours.
  const fd = openSync(file, "a+", 0o600);
  try {
    if (!(await flock(fd, ["-n"], directory, signal))) {
      const holder = readFileSync(file, "utf8").trim();
      const who = holder === "" ? "another build" : `the build of process ${holder}`;
      say(`waiting for ${who}, which uses the same BuildKit (${directory})`);
      await flock(fd, [], directory, signal);
    }
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { fd, release: () => closeSync(fd) };
}

/** Out: whether it is locked now; with `-n`, without waiting. */
async function flock(
  fd: number,
  words: readonly string[],
  directory: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  signal?.throwIfAborted();
  // Not execa, which hands on no file that is open already. Detached, because Ctrl-C reaches the whole foreground group,
  // and what it means is the caller's to say, by the signal.
  const child = spawn("flock", [...words, "3"], { stdio: ["ignore", "ignore", "pipe", fd], detached: true });
  const abandon = () => child.kill();
  signal?.addEventListener("abort", abandon);
  let said = "";
  child.stderr?.on("data", (piece) => {
    said += piece;
  });
  const exitCode = await new Promise<number | undefined>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === "ENOENT" || error.code === "EACCES";
      reject(isMissing ? new CompileError([diagnose("engines/no-program", { program: "flock" })]) : error);
    });
    child.once("close", (code) => resolve(code ?? undefined));
  });
  signal?.removeEventListener("abort", abandon);
  signal?.throwIfAborted();
  if (exitCode === 0) return true;
  // Both util-linux and busybox tell a lock of somebody else's by 1, without a word.
  if (exitCode === 1 && said === "" && words.length > 0) return false;
  const reason = said.trim() || `flock ended with ${exitCode ?? "a signal"}`;
  throw new CompileError([diagnose("engines/state-unusable", { directory, reason }, { file: directory })]);
}
