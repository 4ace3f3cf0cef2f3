import { hash } from "node:crypto";
import { memoryUsage, stderr } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { packageCount } from "../../src/sbom/components.ts";
import { mergeSboms } from "../../src/sbom/merge.ts";
import { type SbomFile, sbomText } from "../../src/sbom/sbom.ts";
import { cpuTime } from "../helpers/cpu-time.ts";
import { identity } from "../helpers/sboms.ts";

const mebibyte = 2 ** 20;

/** A package as Syft words it; each number gives another one. */
function spdxPackage(number: number) {
  return {
    SPDXID: `SPDXRef-Package-npm-package-${number}`,
    name: `package-${number}`,
    versionInfo: `1.0.${number}`,
    downloadLocation: `https://registry.example/package-${number}/-/package-${number}-1.0.${number}.tgz`,
    filesAnalyzed: false,
    sourceInfo: `acquired package info from installed node module manifest file: /workspace/node_modules/package-${number}/package.json`,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "MIT",
    copyrightText: "NOASSERTION",
    externalRefs: [
      {
        referenceCategory: "SECURITY",
        referenceType: "cpe23Type",
        referenceLocator: `cpe:2.3:a:package-${number}:package-${number}:1.0.${number}:*:*:*:*:*:*:*`,
      },
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:npm/package-${number}@1.0.${number}`,
      },
    ],
    checksums: [{ algorithm: "SHA256", checksumValue: hash("sha256", `${number}`) }],
  };
}

/** SPDX of `count` packages from `first` on, each of which needs the one before. */
function spdxFile(directory: string, first: number, count: number): SbomFile {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const document = {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: directory,
    packages: numbers.map(spdxPackage),
    relationships: numbers.slice(1).map((number) => ({
      spdxElementId: `SPDXRef-Package-npm-package-${number}`,
      relatedSpdxElement: `SPDXRef-Package-npm-package-${number - 1}`,
      relationshipType: "DEPENDS_ON",
    })),
  };
  return { path: `${directory}/sbom.spdx.json`, text: JSON.stringify(document) };
}

interface Measured {
  readonly seconds: number;
  readonly packages: number;
}

/** Merges as the build does: reads one file after the other, writes every document. */
async function measure(name: string, files: readonly SbomFile[]): Promise<Measured> {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const before = memoryUsage().rss;
  let [packages, written] = [0, 0];
  const seconds =
    (await cpuTime(() => {
      const { spdx, cyclonedx } = mergeSboms(files, identity, (warning) =>
        expect.unreachable(warning.message),
      );
      for (const sbom of [spdx, cyclonedx]) written += sbom === undefined ? 0 : sbomText(sbom).length;
      packages = cyclonedx === undefined ? 0 : packageCount(cyclonedx);
    })) / 1000;
  const read = files.reduce((sum, { text }) => sum + text.length, 0);
  stderr.write(
    `${name}: ${(read / mebibyte).toFixed(1)} MiB read, ${(written / mebibyte).toFixed(1)} MiB written in ${seconds.toFixed(2)} s, ${Math.round((memoryUsage().rss - before) / mebibyte)} MiB more memory\n`,
  );
  return { seconds, packages };
}

it("a file of 30 MiB takes time in proportion to its size", async () => {
  const whole = spdxFile("acme_npm/modules", 0, 33_000);
  expect(whole.text.length).toBeGreaterThan(30 * mebibyte);
  const eighth = await measure("an eighth", [spdxFile("acme_npm/modules", 0, 4_000)]);
  const all = await measure("30 MiB", [whole]);
  expect([eighth.packages, all.packages]).toEqual([4_000, 33_000]);
  // Were it quadratic, it would be sixty-four times.
  expect(all.seconds).toBeLessThan(24 * Math.max(eighth.seconds, 0.1));
});

it("five hundred files that share most of their packages name each once", async () => {
  const files = Array.from({ length: 500 }, (_, index) => spdxFile(`acme_${index}/layer`, index, 100));
  const { packages } = await measure("500 files", files);
  expect(packages).toBe(599);
});
