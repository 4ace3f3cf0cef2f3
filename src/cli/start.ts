#!/usr/bin/env -S node --
// `node --`: without it Node reads an `--env-file` among our arguments itself, NODE_OPTIONS in it included.
import { enableCompileCache } from "node:module";

// Compiled code is kept between runs, in the directory that Node chooses; half of a run would go into compiling again.
enableCompileCache();
await import("./main.ts");
