import { describe, expect, it } from "vitest";
import { packageCount } from "../../src/sbom/components.ts";
import { type MergedSboms, mergeSboms } from "../../src/sbom/merge.ts";
import { repeatable } from "../../src/sbom/repeatable.ts";
import { readSbom, type SbomFile } from "../../src/sbom/sbom.ts";
import { identity, recordedNames, recordedSbom } from "../helpers/sboms.ts";
import { faultsOfCyclonedx, faultsOfSpdx } from "../helpers/validate-sbom.ts";

function merged(files: readonly SbomFile[]): MergedSboms {
  return mergeSboms(files, identity, (warning) => expect.unreachable(warning.message));
}

/** Both documents are right by the validators of those who make the formats, and name so many packages. */
async function expectValid({ spdx, cyclonedx }: MergedSboms, packages: number): Promise<void> {
  expect(await faultsOfSpdx(spdx?.document)).toEqual([]);
  expect(faultsOfCyclonedx(cyclonedx?.document)).toEqual([]);
  expect(spdx && packageCount(spdx)).toBe(packages);
  expect(cyclonedx && packageCount(cyclonedx)).toBe(packages);
}

describe("by the official validators", () => {
  it.each(recordedNames)(
    "what is made of a layer that has %s alone is right, in both formats",
    async (name) => {
      const [kind = ""] = name.split("-");
      // SPDX 2.2 cannot say that the directory which was scanned is no package.
      const packages = name === "spdx-2.2" ? 4 : 3;
      const file = { spdx: "sbom.spdx.json", cyclonedx: "sbom.cdx.json", syft: "sbom.syft.json" }[kind];
      await expectValid(merged([{ path: `acme_npm/modules/${file}`, text: recordedSbom(name) }]), packages);
    },
  );

  it("many layers of many formats make right documents", async () => {
    const files = [
      { path: "a_b/c/sbom.spdx.json", text: recordedSbom("spdx-2.3") },
      { path: "a_b/c/sbom.cdx.json", text: recordedSbom("cyclonedx-1.6") },
      { path: "a/b_c/sbom.spdx.json", text: recordedSbom("spdx-2.2").replaceAll("2.1.3", "2.1.4") },
      { path: "a_b/ü/sbom.cdx.json", text: recordedSbom("cyclonedx-1.7").replaceAll("2.1.3", "2.1.5") },
      { path: "d/sbom.syft.json", text: recordedSbom("syft-16").replaceAll("2.1.3", "2.1.6") },
    ];
    const all = merged(files);
    expect(await faultsOfSpdx(all.spdx?.document)).toEqual([]);
    expect(faultsOfCyclonedx(all.cyclonedx?.document)).toEqual([]);
    for (const version of ["2.1.3", "2.1.4", "2.1.5", "2.1.6"]) {
      for (const sbom of [all.spdx, all.cyclonedx]) {
        expect(JSON.stringify(sbom?.document)).toContain(`pkg:npm/ms@${version}`);
      }
    }
    expect(all.cyclonedx?.document.specVersion).toBe("1.7");
  });

  it("Syft's own files are still right with another identity, and name as many packages in each format", async () => {
    const spdx = readSbom("spdx", { path: "sbom.json", text: recordedSbom("spdx-2.3") });
    const cyclonedx = readSbom("cyclonedx", { path: "sbom.cdx.json", text: recordedSbom("cyclonedx-1.6") });
    const syft = readSbom("syft", { path: "sbom.syft.json", text: recordedSbom("syft-16") });
    await expectValid(
      { spdx: repeatable(spdx, identity), cyclonedx: repeatable(cyclonedx, identity) },
      packageCount(syft),
    );
  });

  it("mistakes are found", async () => {
    const { spdx, cyclonedx } = merged([{ path: "a/sbom.spdx.json", text: recordedSbom("spdx-2.3") }]);
    expect(await faultsOfSpdx({ ...spdx?.document, creationInfo: {} })).not.toEqual([]);
    expect(await faultsOfSpdx({ ...spdx?.document, files: [] })).not.toEqual([]);
    expect(faultsOfCyclonedx({ ...cyclonedx?.document, components: [{ name: "x" }] })).not.toEqual([]);
    const [first] = cyclonedx?.document.components ?? [];
    expect(
      faultsOfCyclonedx({ ...cyclonedx?.document, components: [first, { ...first, name: "x" }] }),
    ).toEqual([expect.stringMatching(/ stands twice$/)]);
    expect(faultsOfCyclonedx({ ...cyclonedx?.document, dependencies: [{ ref: "nobody" }] })).toEqual([
      "nobody is nothing's name",
    ]);
  });
});
