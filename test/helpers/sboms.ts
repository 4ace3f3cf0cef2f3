import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Of merged documents; no clock and no chance is in it. */
export const identity = { identity: "0a".repeat(32), created: "1980-01-01T00:00:01Z" };

export const recordedNames = [
  "spdx-2.2",
  "spdx-2.3",
  "cyclonedx-1.4",
  "cyclonedx-1.6",
  "cyclonedx-1.7",
  "syft-16",
] as const;

/** What Syft 1.52 wrote of a directory with three npm packages in a lockfile, in one of its formats. */
export function recordedSbom(name: (typeof recordedNames)[number]): string {
  return readFileSync(join(import.meta.dirname, "..", "fixtures", "sbom", `${name}.json`), "utf8");
}
