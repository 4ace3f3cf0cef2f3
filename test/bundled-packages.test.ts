import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { faultsOfCyclonedx } from "./helpers/validate-sbom.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const component = v.object({
  name: v.string(),
  version: v.string(),
  purl: v.string(),
  hashes: v.array(v.object({ alg: v.string(), content: v.string() })),
});

describe("the bill of materials of our package", () => {
  const document: unknown = JSON.parse(read("dist/sbom.cdx.json"));
  const { components } = v.parse(v.object({ components: v.array(component) }), document);

  it("has no fault by the official schema", () => {
    expect(faultsOfCyclonedx(document)).toEqual([]);
  });

  it("names every package whose licence comes along, with the hash of its archive", () => {
    const licensed =
      read("dist/THIRD-PARTY-LICENSES.txt").match(/^[@\w./-]+ \d+\.\d+\.\d+\S* \(.+\)$/gm) ?? [];
    expect(licensed.length).toBeGreaterThan(20);
    expect(components.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(
      licensed.map((line) => line.replace(/ \(.+\)$/, "")).sort(),
    );
    for (const { purl, hashes } of components) {
      expect({ purl, hashes: hashes.map(({ alg }) => alg) }).toEqual({ purl, hashes: ["SHA-512"] });
    }
  });

  it("names no server and no time, so that it is the same on every machine", () => {
    expect(read("dist/sbom.cdx.json").replaceAll("http://cyclonedx.org/schema/", "")).not.toMatch(
      /https?:|timestamp|serialNumber/,
    );
  });

  it("is in our images and beside each release", () => {
    expect(read("frontend/Dockerfile")).toMatch(/^COPY .*sbom\.cdx\.json.* \/cnb-dockerfile\/$/m);
    expect(read("container/Dockerfile")).toMatch(/^COPY .*sbom\.cdx\.json/m);
    // With what stands beside it there: test/e2e/ci/release.test.ts.
    expect(read("release/release.ts")).toMatch(/writeFileSync\(join\(output, `sbom-/);
    expect(read(".github/workflows/release.yml")).toMatch(/--predicate "sbom-\$name-image\.cdx\.json"/);
  });
});

it("pins every action of the workflows by commit, and says which version that is", () => {
  const directory = join(root, ".github/workflows");
  const uses = readdirSync(directory).flatMap((name) =>
    readFileSync(join(directory, name), "utf8")
      .split("\n")
      .filter((line) => line.includes("uses:")),
  );
  expect(uses.length).toBeGreaterThan(5);
  for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
