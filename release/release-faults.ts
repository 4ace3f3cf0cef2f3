import { readFileSync } from "node:fs";
import { join } from "node:path";
import { releaseNotes } from "./release-notes.ts";
import { namedVersions } from "./version-places.ts";

/** What is wrong with a checkout that is to be released, a line each. In: its root; the tag, absent in a dry run. */
export function releaseFaults(root: string, version: string, tag?: string): string[] {
  const others = namedVersions(root)
    .filter((named) => named.version !== version)
    .map((named) => `${named.file} names ${named.version}; package.json has ${version}`);
  const notes = releaseNotes(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  const faults = [...new Set(others)];
  if (notes === undefined)
    faults.push(
      `CHANGELOG.md has no heading "## ${version} (YYYY-MM-DD)" or "## ${version} (not released yet)"`,
    );
  if (tag === undefined) return faults;
  if (tag !== `v${version}`)
    faults.push(`the tag is ${tag}; package.json has ${version}, whose tag is v${version}`);
  if (notes !== undefined && notes.date === undefined)
    faults.push(
      `CHANGELOG.md says that ${version} is not released yet: write its date, "## ${version} (YYYY-MM-DD)"`,
    );
  return faults;
}
