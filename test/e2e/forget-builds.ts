import { execa } from "execa";
import { afterAll } from "vitest";
import { buildkitHost } from "../lab/buildkitd.ts";
import { freeBytes } from "../lab/free-space.ts";
import { inState } from "../lab/paths.ts";
import { say } from "../lab/progress.ts";

/** With less, the next files may fill the disk, and what BuildKit then loses is not chosen by anybody. */
const leastFreeBytes = 10e9;

/**
 * A whole run adds up to 20 GB to the lab's BuildKit. It goes between files only where the disk needs it: BuildKit also forgets what
 * was made just now and not used since, whatever age it is told to keep, so a build of the file beside this one may run again.
 */
afterAll(async () => {
  const free = freeBytes();
  if (free >= leastFreeBytes) return;
  say(`${(free / 1e9).toFixed(1)} GB are free on the lab's disk: BuildKit forgets earlier builds`);
  const words = ["prune", "--all", "--keep-duration=10m"];
  await execa(inState("bin", "buildctl"), ["--addr", buildkitHost, ...words]);
});
