import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterTest } from "./after-test.ts";

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  afterTest(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
