import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterTest } from "./after-test.ts";

/** A directory that is gone after the test; its path has no links, as that of temporary files has on a Mac. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-")));
  afterTest(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
