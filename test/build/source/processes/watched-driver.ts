// A process that has programs watched, for tests that end it: tells the numbers of the processes, then waits.
import { WatchedProcesses } from "../../../../src/build/source/processes/watched-processes.ts";

const processes = new WatchedProcesses(process.env);
const script = "sleep 300 & echo $!; setsid sleep 300 & echo $!; echo $$ >&2; wait";
const command = { program: "sh", words: ["-c", `{ ${script}; } >"$0" 2>&1`, process.argv[2] ?? ""] };
await processes.run({ ...command, directory: "/", variables: {}, readsInput: false });
