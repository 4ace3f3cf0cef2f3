import { statSync, writeFileSync } from "node:fs";
import { execa } from "execa";
import { afterAll } from "vitest";
import { buildkitHost } from "../lab/buildkitd.ts";
import { inState } from "../lab/paths.ts";

/** No file of tests takes longer, and none asks for what an earlier one built. */
const kept = "10m";
const betweenMs = 2 * 60_000;

/** Touched whenever BuildKit forgets something; the two processes that run tests share it. */
const forgotten = inState("forgotten-builds");

/** A whole run builds more than 20 GB, and a disk may be smaller: what has not been used for a while goes between files. */
afterAll(async () => {
  if (Date.now() - lastTime() < betweenMs) return;
  writeFileSync(forgotten, "");
  await execa(inState("bin", "buildctl"), [
    "--addr",
    buildkitHost,
    "prune",
    "--all",
    `--keep-duration=${kept}`,
  ]);
});

function lastTime(): number {
  return statSync(forgotten, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
