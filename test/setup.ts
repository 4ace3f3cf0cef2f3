import { join } from "node:path";
import process from "node:process";
import { afterEach, expect, inject } from "vitest";
import { endTest } from "./helpers/after-test.ts";
import { cleanEnvironment } from "./helpers/clean-environment.ts";
import { forbidProcesses } from "./helpers/forbid-processes.ts";
import { runsInProcess } from "./helpers/starting.ts";

// Vitest runs this for each file, also where several share a process and its modules: what one changes is put back for the next.
cleanEnvironment(join(inject("homes"), process.env.VITEST_POOL_ID ?? ""));

// The files of `unit` share their modules, so a helper's own hook would be the first file's.
afterEach(endTest);

if (runsInProcess) {
  const refused = forbidProcesses();
  // Also where the program took that for an answer of the machine's.
  afterEach(() => expect(refused(), "programs that a unit test wanted to start").toEqual([]));
}
