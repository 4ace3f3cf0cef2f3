#!/usr/bin/env -S node --
// `node --`: without it Node reads an `--env-file` among our arguments itself, NODE_OPTIONS in it included.
import module from "node:module";

// Typed as always there, because it is from 22.1 on; older Nodes have to be told apart before anything else is loaded.
const { enableCompileCache } = module as { enableCompileCache?: () => void };
if (enableCompileCache === undefined) {
  process.stderr.write(`cnb-dockerfile needs Node 22.13 or later; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  // Compiled code is kept between runs, in the directory that Node chooses; half of a run would go into compiling again.
  enableCompileCache();
  await import("./main.ts");
}
