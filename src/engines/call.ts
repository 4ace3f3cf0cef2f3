import { execa } from "execa";
import type { EngineCommand } from "./engine-command.ts";

/** What a program answered. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly isSuccess: boolean;
  /** Whether there is no such program. */
  readonly isMissing: boolean;
}

/** Asks a program something; it gets no input. A failure does not throw. In: how long it may take. */
export async function call(
  { program, arguments: words, env }: EngineCommand,
  timeoutMs = 30_000,
): Promise<Answer> {
  const { stdout, stderr, exitCode, code, timedOut } = await execa(program, words, {
    env,
    reject: false,
    stdin: "ignore",
    timeout: timeoutMs,
    // buildctl ends at no other signal while it waits for a server.
    forceKillAfterDelay: 500,
  });
  const late = timedOut ? `no answer within ${timeoutMs / 1000} s` : "";
  return {
    stdout,
    stderr: stderr === "" ? late : stderr,
    isSuccess: exitCode === 0,
    isMissing: code === "ENOENT" || code === "EACCES",
  };
}

/** The line of a program's complaints that says what is wrong. */
export function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.replace(/^(?:ERROR|error): */, "").replace(/\.$/, "");
}
