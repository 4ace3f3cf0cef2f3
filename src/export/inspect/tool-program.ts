import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";

/** A tool's program, in an image that is mounted. */
export interface ToolProgram {
  /** For people: `Syft`. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Root of the image. */
  readonly image: string;
}

/** Where images of tools have their programs: their own at the root, those of distributions on the path. */
const directories = ["", "/usr/local/bin", "/usr/bin", "/bin"];

/** In: the program's file name, and the root of its image. Throws CompileError where the image has none. */
export function findToolProgram(name: string, file: string, image: string): ToolProgram {
  const path = directories.map((directory) => `${image}${directory}/${file}`).find((one) => existsSync(one));
  if (path !== undefined) return { name, path, image };
  throw new CompileError([
    diagnose("export/no-tool", {
      tool: name,
      places: directories.map((directory) => `${directory}/${file}`),
    }),
  ]);
}

/** Home and scratch directory of tools; the same in every build, because some write it into their results. */
const workDirectory = "/tmp/cnb-dockerfile-tool";

/** Makes a directory for results that are still to be worked on; no other call gets the same. Absolute. */
export function makeWorkDirectory(): string {
  mkdirSync(workDirectory, { recursive: true });
  return mkdtempSync(`${workDirectory}/results-`);
}

/**
 * Runs a tool, whose messages go where ours go. Out: its exit code. In: environment beside what it needs to be quiet.
 * Throws CompileError where it cannot be run or ends by a signal, as for want of memory.
 */
export function runTool(
  tool: ToolProgram,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): number {
  mkdirSync(workDirectory, { recursive: true });
  const { status, signal, error } = spawnSync(tool.path, words, {
    stdio: ["ignore", "inherit", "inherit"],
    cwd: workDirectory,
    env: { HOME: workDirectory, TMPDIR: workDirectory, XDG_CACHE_HOME: workDirectory, ...proxies(), ...env },
  });
  if (status !== null) return status;
  const reason = signal === null ? (error?.message ?? "it did not start") : `it was terminated by ${signal}`;
  throw toolFault(tool, reason);
}

/** What is said of a tool that ran, and ended with another exit code than it should. */
export function exitFault(tool: ToolProgram, exitCode: number): CompileError {
  return toolFault(tool, `its exit code is ${exitCode}`);
}

function toolFault({ name }: ToolProgram, reason: string): CompileError {
  return new CompileError([diagnose("export/tool-failed", { tool: name, reason })]);
}

/** As BuildKit hands them to steps with network. */
function proxies(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) => /^(?:https?|ftp|no|all)_proxy$/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}
