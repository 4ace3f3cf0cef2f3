import childProcess, { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { delimiter, isAbsolute, join } from "node:path";

/** Programs for what Node has no call for. */
const allowed = /^(?:mkfifo|mknod)$/;

let refused: string[] | undefined;

/**
 * From now on, whatever starts a process in this one fails, with words on where such a test belongs. A program that there is not
 * may be asked for. Out: what was refused since the last call.
 */
export function forbidProcesses(): () => readonly string[] {
  refused ??= patch();
  const all = refused;
  return () => all.splice(0);
}

/** Out: where what is refused will be written. */
function patch(): string[] {
  const found: string[] = [];
  const refuse = (program: string): never => {
    found.push(program);
    throw new Error(
      `a unit test started ${program}: such a test is in a file NAME.program.test.ts, or an itStarting`,
    );
  };
  // A method of every child, however it is started: spawn, exec, execFile, fork, execa.
  const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
  type Spawn = (this: ChildProcess, options: { file: string; envPairs?: readonly string[] }) => unknown;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const [, path] = options.envPairs?.find((pair) => pair.startsWith("PATH="))?.split("=") ?? [];
    return isThere(options.file, path) ? refuse(options.file) : spawn.call(this, options);
  };
  const { spawnSync, execFileSync } = childProcess;
  const permit =
    (call: (file: string, ...rest: never[]) => unknown) =>
    (file: string, ...rest: never[]) =>
      allowed.test(file) || !isThere(file) ? call(file, ...rest) : refuse(file);
  Object.assign(childProcess, {
    spawnSync: permit(spawnSync as never),
    execFileSync: permit(execFileSync as never),
    execSync: refuse,
  });
  syncBuiltinESMExports();
  return found;
}

function isThere(file: string, path = process.env.PATH ?? ""): boolean {
  if (isAbsolute(file)) return existsSync(file);
  return path.split(delimiter).some((directory) => existsSync(join(directory, file)));
}
