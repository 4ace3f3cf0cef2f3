import { describe, expect, it } from "vitest";
import {
  contentIdentity,
  type Diagnostic,
  mergeSboms,
  packageCount,
  readSbom,
  repeatable,
} from "../../src/index.ts";
import { codesOf } from "../helpers/errors.ts";

const identity = { identity: "0a".repeat(32), created: "1980-01-01T00:00:01Z" };

function cyclonedx(name: string): string {
  return JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    components: [{ type: "library", name, version: "1", purl: `pkg:npm/${name}@1`, "bom-ref": "ref" }],
  });
}

describe("files that are no bill of materials", () => {
  it.each([
    ["", "it is empty"],
    ["{", "JSON"],
    ["[]", "bomFormat: Invalid key"],
    ['{"bomFormat":"CycloneDX","specVersion":"2.0"}', 'CycloneDX 1.2 to 1.7 is wanted, not "2.0"'],
  ])("%j are left out with a warning", (text, reason) => {
    const warnings: Diagnostic[] = [];
    const files = [
      { path: "acme_bad/sbom.cdx.json", text },
      { path: "acme_good/sbom.cdx.json", text: cyclonedx("good") },
    ];
    const { cyclonedx: merged } = mergeSboms(files, identity, (warning) => warnings.push(warning));
    expect(merged && packageCount(merged)).toBe(1);
    expect(warnings).toMatchObject([
      { code: "sbom/left-out", severity: "warning", location: { file: "acme_bad/sbom.cdx.json" } },
    ]);
    expect(warnings[0]?.message).toContain(reason);
  });

  it("are refused where there has to be one", () => {
    expect(codesOf(() => readSbom("spdx", { path: "sbom.json", text: "{}" }))).toEqual(["sbom/unreadable"]);
  });
});

it("an identity comes from the content where none is known", () => {
  const sbom = readSbom("cyclonedx", { path: "sbom.cdx.json", text: cyclonedx("a") });
  const other = readSbom("cyclonedx", { path: "sbom.cdx.json", text: cyclonedx("b") });
  expect(contentIdentity(repeatable(sbom, identity))).toBe(contentIdentity(sbom));
  expect(contentIdentity(other)).not.toBe(contentIdentity(sbom));
});
