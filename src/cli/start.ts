#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Compiled code is kept between runs, in the directory that Node chooses; half of a run would go into compiling again.
enableCompileCache();
await import("./main.ts");
