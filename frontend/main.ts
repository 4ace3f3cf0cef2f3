import process from "node:process";
import { serve } from "./serve.ts";

/** How long a call may take to notice that its connection is gone. */
const graceMs = 500;

// As the first process of a container, this one is ended by no signal that it does not listen to.
process.once("SIGTERM", () => process.exit(143));
process.once("SIGINT", () => process.exit(130));
// The client is gone, or BuildKit: whatever waits for an answer of theirs fails by itself, all else ends here.
process.stdin.once("close", () => setTimeout(() => process.exit(1), graceMs));

// Standard output is BuildKit's; standard error goes to its log.
const log = (line: string) => void process.stderr.write(`cnb-dockerfile: ${line}\n`);
const { env, stdin: input, stdout: output } = process;
// The connection would keep the process alive.
process.exit(await serve({ env, input, output, log }));
