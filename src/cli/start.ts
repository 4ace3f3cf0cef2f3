#!/usr/bin/env -S node --
// `node --`: without it Node reads an `--env-file` among our arguments itself, NODE_OPTIONS in it included.
import module from "node:module";
import { join } from "node:path";
import { ownDirectory } from "../private/own-directory.ts";
import { makePrivateDirectory } from "../private/private-directory.ts";

// Typed as always there, because it is from 22.1 on; older Nodes have to be told apart before anything else is loaded.
const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => void };
if (enableCompileCache === undefined) {
  process.stderr.write(`cnb-dockerfile requires Node 22.13 or later; you have ${process.version}.\n`);
  process.exitCode = 1;
} else {
  // Compiled code is kept between runs; half of a run would go into compiling again.
  const directory = compileCache();
  if (directory !== undefined) enableCompileCache(directory);
  const { main } = await import("./main.ts");
  await main();
}

/**
 * Node runs what it finds there as it is, and its own choice is a name in /tmp that any user can take first. Undefined:
 * there is no place that is ours alone.
 */
function compileCache(): string | undefined {
  try {
    return makePrivateDirectory(join(ownDirectory("cache"), "compiled"));
  } catch {
    return undefined;
  }
}
