// Runs our program as often as it is asked to, in this one process: started by `served-program.ts`, which says what is
// asked and what comes back. A run has ended, as it has for a user, when nothing is left to wait for.
import { readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listenersSince } from "./listeners.ts";
import type { ServedRun } from "./served-program.ts";

const dist = join(import.meta.dirname, "..", "..", "dist");
const program = join(dist, "main.js");
/** File descriptor by which runs are asked for, a JSON text a line. */
const asked = 3;

const [, chunk] = /import\("\.\/(chunks\/main-\w+\.js)"\)/.exec(readFileSync(program, "utf8")) ?? [];
if (chunk === undefined) throw new Error(`${program} does not say where its main part is`);
const { main } = (await import(pathToFileURL(join(dist, chunk)).href)) as {
  readonly main: () => Promise<void>;
};

let mark: string | undefined;
let rest = "";

process.on("beforeExit", () => {
  if (mark !== undefined) {
    const end = `${mark}${process.exitCode ?? 0}\n`;
    mark = undefined;
    forget();
    process.stdout.write(end);
    process.stderr.write(end);
    // Until both are written; then this is called again.
    setImmediate(() => {});
    return;
  }
  const job = nextJob();
  if (job === undefined) return;
  mark = job.mark;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, job.env);
  process.chdir(job.cwd);
  process.argv = [process.execPath, program, ...job.args];
  process.exitCode = undefined;
  setImmediate(main);
});
const forgetRun = listenersSince();

/** What a run listens to ends with it, as its process would. */
function forget(): void {
  forgetRun((event, listener) => event === "exit" && listener(process.exitCode ?? 0));
}

/** Waits for it. Undefined: nobody is there any more who could ask. */
function nextJob(): ServedRun | undefined {
  const piece = Buffer.alloc(2 ** 16);
  while (!rest.includes("\n")) {
    const length = readSync(asked, piece);
    if (length === 0) return undefined;
    rest += piece.toString("latin1", 0, length);
  }
  const end = rest.indexOf("\n");
  const job = JSON.parse(Buffer.from(rest.slice(0, end), "latin1").toString("utf8")) as ServedRun;
  rest = rest.slice(end + 1);
  return job;
}
