import { PassThrough } from "node:stream";
import { main } from "../../src/cli/main.ts";
import { listenersSince } from "./listeners.ts";
import { isServable, type ServedResult, type ServedRun } from "./served-program.ts";

type AskedRun = Omit<ServedRun, "mark"> & {
  /** What comes by standard input; absent: nothing. */
  readonly input?: Buffer | string;
};

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs our program's sources in this process, one run after the other: its arguments, variables, directory and streams are the
 * run's meanwhile. A run ends when its command does, whatever it still waits for.
 */
export function runInProcess(asked: AskedRun): Promise<ServedResult> {
  if (!isServable(asked))
    throw new Error("a variable that Node reads when it starts wants a process of its own");
  const run = last.then(() => runAlone(asked));
  last = run.catch(() => {});
  return run;
}

async function runAlone({ args, env, cwd, input = "" }: AskedRun): Promise<ServedResult> {
  const before = {
    argv: process.argv,
    cwd: process.cwd(),
    env: { ...process.env },
    exitCode: process.exitCode,
  };
  const forgetRun = listenersSince();
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin") ?? {};
  const ownStdin = new PassThrough().end(input);
  const [stdout, stderr] = [take(process.stdout), take(process.stderr)];
  try {
    replaceEnvironment(env);
    process.chdir(cwd);
    process.argv = [process.execPath, "cnb-dockerfile", ...args];
    process.exitCode = undefined;
    Object.defineProperty(process, "stdin", { ...stdin, get: () => ownStdin });
    await main();
    return { exitCode: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.giveBack();
    stderr.giveBack();
    forgetRun();
    Object.defineProperty(process, "stdin", stdin);
    process.argv = before.argv;
    process.chdir(before.cwd);
    replaceEnvironment(before.env);
    process.exitCode = before.exitCode;
  }
}

function replaceEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** Takes what is written to a stream of this process, until it is given back. */
function take(stream: NodeJS.WriteStream): { readonly text: () => string; readonly giveBack: () => void } {
  const pieces: Buffer[] = [];
  const { write } = stream;
  stream.write = ((piece: string | Uint8Array, ...rest: unknown[]) => {
    pieces.push(Buffer.from(piece as string));
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  }) as typeof stream.write;
  return {
    text: () => Buffer.concat(pieces).toString("utf8"),
    giveBack: () => {
      stream.write = write;
    },
  };
}
