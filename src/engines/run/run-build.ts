import { spawn } from "node:child_process";
import { constants } from "node:os";
import { present } from "../../present.ts";
import type { EngineCommand } from "../engine-command.ts";
import { onEndingSignal } from "./ending-signals.ts";
import { handOnLines } from "./hand-on-lines.ts";
import { temporaryFault } from "./temporary-fault.ts";

/** How a command ended. */
export interface Ending {
  readonly exitCode: number;
  /** Whether somebody wanted it to end. */
  readonly isInterrupted: boolean;
  /** Whether trying again can help, as far as is known: a build that draws on a terminal tells nobody else. */
  readonly isTemporary: boolean;
  /** The line with which the client gave up; absent: it did not, or drew on a terminal. */
  readonly lastWord?: string;
}

/** What is seen of a build. */
interface ShownBuild {
  /** Whether nobody is to see what it says of the result, because the caller says it. */
  readonly isSilent: boolean;
  /** Whether it draws its progress on a terminal, where there is one. */
  readonly draws: boolean;
  /** Whether steps have their colours where no terminal shows them. */
  readonly keepsColors: boolean;
}

/**
 * Runs a build on this terminal. Whoever tells this process to end tells the build, and is waited for: it ends its steps
 * and writes nothing.
 */
export function runBuild(
  { program, arguments: words, env }: EngineCommand,
  { isSilent, draws, keepsColors }: ShownBuild,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      // A terminal is the build's own, which draws on it.
      stdio: ["inherit", isSilent ? "ignore" : "inherit", draws && process.stderr.isTTY ? "inherit" : "pipe"],
      env: { ...process.env, ...env },
    });
    let isTemporary = false;
    let lastWord: string | undefined;
    if (child.stderr !== null) {
      const wants = (line: string) => {
        const fault = temporaryFault(line);
        isTemporary = fault ?? isTemporary;
        if (fault !== undefined) lastWord = line;
        return !needless.test(line);
      };
      const write = (text: string) => void process.stderr.write(text);
      handOnLines(child.stderr, { keepsColors, wants, write }).catch(reject);
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
        ...(exitCode === 0 ? {} : present({ lastWord })),
      });
    });
  });
}

/**
 * buildctl looks whether a layout's file system can seal files, says that it cannot, and goes on. And it says where its trace is, which
 * is read and removed when it has ended.
 */
const needless =
  /^time="[^"]*" level=(?:warning msg="failed check for fsverity support"|info msg="tracing logs to )/;
