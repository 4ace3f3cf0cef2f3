import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Directory for the homes of test processes, by the number of the process. */
    homes: string;
    /** How `workplace().run` runs our program: its sources in the test's process, or the bundle in one of its own. */
    programRuns: "in this process" | "by itself";
  }
}

/** Makes a place for the homes in which tests run; none has anything in it. Out: what takes it away again. */
export default function makeHomes(project: TestProject): () => void {
  const homes = mkdtempSync(join(tmpdir(), "cnb-dockerfile-homes-"));
  project.provide("homes", homes);
  return () => rmSync(homes, { recursive: true, force: true });
}
