import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { releaseFaults } from "../../release/release-faults.ts";
import { releaseNotes } from "../../release/release-notes.ts";
import { billWith } from "../../release/release-sboms.ts";
import { namedVersions } from "../../release/version-places.ts";
import { version } from "../../src/version.ts";
import { afterTest } from "../helpers/after-test.ts";
import { faultsOfCyclonedx } from "../helpers/validate-sbom.ts";

const root = join(import.meta.dirname, "../..");

/** What of the checkout names our version, in a directory that a test can change. */
function copy(): string {
  const place = mkdtempSync(join(tmpdir(), "cnb-release-"));
  afterTest(() => rmSync(place, { recursive: true, force: true }));
  const paths = [
    "package.json",
    "package-lock.json",
    "packages",
    "src/version.ts",
    "action.yml",
    "ci",
    "README.md",
  ];
  for (const path of [...paths, "docs", "examples", "scanner", "website/index.md", "CHANGELOG.md"]) {
    mkdirSync(join(place, path, ".."), { recursive: true });
    cpSync(join(root, path), join(place, path), { recursive: true });
  }
  return place;
}

function edit(place: string, file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(join(place, file), "utf8");
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(place, file), changed);
}

describe("our version", () => {
  it("is the same wherever a file names it", () => {
    const named = namedVersions(root);
    // Eight files, and pages that show tags, images and package files.
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((one) => one.version !== version)).toEqual([]);
  });

  it("is missed where a file no longer names it", () => {
    const place = copy();
    edit(place, "action.yml", version, "latest");
    expect(() => namedVersions(place)).toThrow("action.yml names no version of ours");
  });
});

describe("what is wrong with a release", () => {
  it("is nothing in a dry run of this checkout", () => {
    expect(releaseFaults(root, version)).toEqual([]);
  });

  it("is a file with another version, and a page that shows another tag", () => {
    const place = copy();
    edit(place, "packages/helper-image/package.json", version, "9.9.9");
    edit(place, "docs/guides/ci.md", `cnb-dockerfile@v${version}`, "cnb-dockerfile@v8.8.8-rc.1");
    expect(releaseFaults(place, version)).toEqual([
      `packages/helper-image/package.json names 9.9.9; package.json has ${version}`,
      `docs/guides/ci.md names 8.8.8-rc.1; package.json has ${version}`,
    ]);
  });

  it("is another tag, and a changelog without the version or its date", () => {
    const place = copy();
    const heading = (text: string) => {
      const changelog = readFileSync(join(place, "CHANGELOG.md"), "utf8");
      writeFileSync(join(place, "CHANGELOG.md"), changelog.replace(/^## .*$/m, `## ${text}`));
    };
    heading(`${version} (not released yet)`);
    expect(releaseFaults(place, version, "v9.9.9")).toEqual([
      `the tag is v9.9.9; package.json has ${version}, whose tag is v${version}`,
      `CHANGELOG.md says that ${version} is not released yet: write its date, "## ${version} (YYYY-MM-DD)"`,
    ]);
    heading(`${version} (2026-12-24)`);
    expect(releaseFaults(place, version, `v${version}`)).toEqual([]);
    heading("9.9.9 (2026-12-24)");
    expect(releaseFaults(place, version)).toEqual([
      `CHANGELOG.md has no heading "## ${version} (YYYY-MM-DD)" or "## ${version} (not released yet)"`,
    ]);
  });
});

it("takes a version's part of the changelog, and no more", () => {
  const changelog =
    "# Changelog\n\n## 0.2.0 (2027-01-02)\n\n- b\n\n### Fixed\n\n- c\n\n## 0.1.0 (2026-12-24)\n\n- a\n";
  expect(releaseNotes(changelog, "0.2.0")).toEqual({ date: "2027-01-02", text: "- b\n\n### Fixed\n\n- c" });
  expect(releaseNotes(changelog, "0.1.0")).toEqual({ date: "2026-12-24", text: "- a" });
  expect(releaseNotes(changelog, "0.1")).toBeUndefined();
});

it("adds the programs beside ours to a bill of materials, which stays valid", () => {
  const own = readFileSync(join(root, "dist/sbom.cdx.json"), "utf8");
  const bill = JSON.parse(billWith(own, [{ name: "node", version: "24.21.0", purlType: "generic" }]));
  expect(faultsOfCyclonedx(bill)).toEqual([]);
  expect(bill.components.at(-1)).toMatchObject({ name: "node", purl: "pkg:generic/node@24.21.0" });
  const ours = bill.dependencies.find(({ ref }: { ref: string }) =>
    ref.startsWith("pkg:npm/cnb-dockerfile@"),
  );
  expect(ours.dependsOn).toContain("pkg:generic/node@24.21.0");
});
