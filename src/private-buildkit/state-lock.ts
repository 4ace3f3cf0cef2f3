import { spawn } from "node:child_process";
import { closeSync, ftruncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { openPrivateFile, readPrivateFile } from "../private/private-file.ts";

/** A lock on a state directory, held by every process that has its file open. */
export interface StateLock {
  /** To be handed to child processes: the lock is free when the last of them has ended, too. */
  readonly fd: number;
  /** Gives up this process's part. */
  readonly release: () => void;
}

interface LockRequest {
  readonly directory: string;
  /** Takes a line about the wait. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How often the lock is tried while somebody else has it. */
const pauseMs = 100;

/**
 * Takes the lock, after waiting for who has it. flock(2) locks an open file, not a process: flock(1) locks the one that it
 * inherits from us, and the lock then goes on to whom we start, so that it cannot be free while a daemon of ours lives.
 * Throws CompileError where there is no flock(1) or the file system knows no locks; the signal's reason when it comes;
 * NotPrivate where the file is not ours, or a link; Node's error where it cannot be opened.
 */
export async function lockState({ directory, say, signal }: LockRequest): Promise<StateLock> {
  // Not "w": the content is another holder's until the lock is ours.
  const fd = openPrivateFile(join(directory, "lock"));
  try {
    for (let isFirst = true; !(await flock(fd, directory)); isFirst = false) {
      if (isFirst) say(`Waiting for ${holder(directory)}, which uses the same BuildKit (${directory})`);
      // Not a flock(1) that waits: it would live on when we are killed.
      await pause(pauseMs);
      signal?.throwIfAborted();
    }
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { fd, release: () => closeSync(fd) };
}

function holder(directory: string): string {
  const pid = readPrivateFile(join(directory, "lock")).trim();
  return pid === "" ? "another build" : `the build with process ID ${pid}`;
}

/** Out: whether it is locked now. */
async function flock(fd: number, directory: string): Promise<boolean> {
  // Not execa, which hands on no file that is open already. Detached, because Ctrl-C reaches the whole foreground group,
  // and what it means is the caller's to say, by the signal.
  const child = spawn("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "pipe", fd], detached: true });
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
  if (exitCode === 0) return true;
  // Both util-linux and busybox tell a lock of somebody else's by 1, without a word.
  if (exitCode === 1 && said === "") return false;
  const reason = said.trim() || `flock ended with ${exitCode ?? "a signal"}`;
  throw new CompileError([diagnose("engines/state-unusable", { directory, reason }, { file: directory })]);
}
