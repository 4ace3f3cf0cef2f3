import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { onEndingSignal } from "./ending-signals.ts";
import type { EngineCommand } from "./engine-command.ts";
import { temporaryFault } from "./temporary-fault.ts";

/** How a command ended. */
export interface Ending {
  readonly exitCode: number;
  /** Whether somebody wanted it to end. */
  readonly isInterrupted: boolean;
  /** Whether trying again can help, as far as is known: a build that draws on a terminal tells nobody else. */
  readonly isTemporary: boolean;
}

/**
 * Runs a build on this terminal. Whoever tells this process to end tells the build, and is waited for: it ends its steps
 * and writes nothing. In: whether nobody is to see what it says of the result, because the caller says it.
 */
export function runBuild(
  { program, arguments: words, env }: EngineCommand,
  isSilent = false,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      // A terminal is the build's own, which draws on it.
      stdio: ["inherit", isSilent ? "ignore" : "inherit", process.stderr.isTTY ? "inherit" : "pipe"],
      env: { ...process.env, ...env },
    });
    let isTemporary = false;
    if (child.stderr !== null) {
      handOnLines(child.stderr, (line) => {
        isTemporary = temporaryFault(line) ?? isTemporary;
      });
    }
    let isInterrupted = false;
    // From a terminal the build has the signal already; these programs want three before they give up at once.
    const stopListening = onEndingSignal((signal) => {
      isInterrupted = true;
      child.kill(signal);
    });
    child.on("error", (error) => {
      stopListening();
      reject(error);
    });
    child.on("close", (exitCode, signal) => {
      stopListening();
      const number = signal === null ? 0 : (constants.signals[signal] ?? 0);
      resolve({
        exitCode: exitCode ?? 128 + number,
        isInterrupted: isInterrupted || signal !== null,
        isTemporary: isTemporary && exitCode !== 0,
      });
    });
  });
}

/** buildctl looks whether a layout's file system can seal files, says that it cannot, and goes on. */
const needless = /level=warning msg="failed check for fsverity support"/;

function handOnLines(lines: Readable, onLine: (line: string) => void): void {
  createInterface({ input: lines, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    onLine(line);
    if (!needless.test(line)) process.stderr.write(`${line}\n`);
  });
}
