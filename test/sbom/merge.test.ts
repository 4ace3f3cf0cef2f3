import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { packageCount } from "../../src/sbom/components.ts";
import { type MergedSboms, mergeSboms } from "../../src/sbom/merge.ts";
import { readSbom, type SbomFile, sbomText } from "../../src/sbom/sbom.ts";
import { codesOf } from "../helpers/errors.ts";
import { identity, recordedSbom } from "../helpers/sboms.ts";
import { testSeed } from "../helpers/test-seed.ts";
import { faultsOfCyclonedx } from "../helpers/validate-sbom.ts";

function merged(files: readonly SbomFile[]): MergedSboms {
  return mergeSboms(files, identity, (warning) => expect.unreachable(warning.message));
}

function cyclonedx(directory: string, document: object): SbomFile {
  const text = JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", ...document });
  return { path: `${directory}/sbom.cdx.json`, text };
}

function spdx(directory: string, document: object): SbomFile {
  const text = JSON.stringify({ spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", ...document });
  return { path: `${directory}/sbom.spdx.json`, text };
}

function syft(directory: string, document: object): SbomFile {
  const text = JSON.stringify({ artifacts: [], schema: { version: "16.1.0" }, ...document });
  return { path: `${directory}/sbom.syft.json`, text };
}

const library = (name: string, more: object = {}) => ({ type: "library", name, version: "1", ...more });

describe("no document is made", () => {
  it.each([
    ["of no file", []],
    [
      "of other files",
      [
        { path: "acme/sbom.legacy.json", text: "[]" },
        { path: "acme/README", text: "" },
      ],
    ],
    [
      "of buildpacks that declare nothing",
      [cyclonedx("a", { components: [] }), spdx("a", {}), syft("a", {}), cyclonedx("b", {})],
    ],
  ])("%s", (_, files) => {
    expect(merged(files)).toEqual({});
  });
});

describe("files that are no bill of materials", () => {
  it.each([
    ["it is empty", ""],
    ["JSON", "{"],
    ["bomFormat: Invalid key", "[]"],
    ['CycloneDX 1.2 to 1.7 is wanted, not "2.0"', '{"bomFormat":"CycloneDX","specVersion":"2.0"}'],
    ["it is nested deeper than 200 levels", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    [
      "components.0.name: Invalid key",
      '{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{"type":"library"}]}',
    ],
  ])("(%s) are left out with a warning", (reason, text) => {
    const warnings: Diagnostic[] = [];
    const files = [
      { path: "acme_bad/sbom.cdx.json", text },
      cyclonedx("acme_good", { components: [library("good")] }),
    ];
    const { cyclonedx: document } = mergeSboms(files, identity, (warning) => warnings.push(warning));
    expect(document && packageCount(document)).toBe(1);
    expect(warnings).toMatchObject([
      { code: "sbom/left-out", severity: "warning", location: { file: "acme_bad/sbom.cdx.json" } },
    ]);
    expect(warnings[0]?.message).toContain(reason);
  });

  it("are made up for by the layer's other format", () => {
    const files = [
      { path: "a/sbom.cdx.json", text: "" },
      spdx("a", { packages: [{ SPDXID: "SPDXRef-x", name: "x" }] }),
    ];
    const { cyclonedx: document } = mergeSboms(files, identity, () => {});
    expect(document?.document.components).toMatchObject([{ name: "x" }]);
  });

  it("are refused where there has to be one", () => {
    expect(codesOf(() => readSbom("spdx", { path: "sbom.json", text: "{}" }))).toEqual(["sbom/unreadable"]);
  });
});

describe("what a layer says in one format alone", () => {
  const sha256 = "ab".repeat(32);

  it("the other says, too: name, version, purl, CPEs, licences, hashes", () => {
    const facts = {
      "bom-ref": "x",
      type: "application",
      group: "acme",
      name: "x",
      version: "1.2",
      purl: "pkg:generic/x@1.2",
      cpe: "cpe:2.3:a:x:x:1.2:*:*:*:*:*:*:*",
      properties: [{ name: "syft:cpe23", value: "cpe:2.3:a:y:x:1.2:*:*:*:*:*:*:*" }],
      licenses: [{ license: { id: "MIT" } }, { license: { name: "A licence of ours" } }],
      hashes: [
        { alg: "SHA-256", content: sha256 },
        { alg: "Streebog-256", content: sha256 },
      ],
    };
    const { spdx: document } = merged([cyclonedx("acme_x/layer", { components: [facts] })]);
    expect(document?.document.packages).toEqual([
      {
        SPDXID: "SPDXRef-acme-x-layer-acme-x-1.2",
        name: "acme/x",
        versionInfo: "1.2",
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        primaryPackagePurpose: "APPLICATION",
        licenseDeclared: "MIT AND LicenseRef-A-licence-of-ours",
        checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
        externalRefs: [
          { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: facts.purl },
          { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: facts.cpe },
          {
            referenceCategory: "SECURITY",
            referenceType: "cpe23Type",
            referenceLocator: "cpe:2.3:a:y:x:1.2:*:*:*:*:*:*:*",
          },
        ],
      },
    ]);
    expect(document?.document.hasExtractedLicensingInfos).toEqual([
      {
        licenseId: "LicenseRef-A-licence-of-ours",
        name: "A licence of ours",
        extractedText: "A licence of ours",
      },
    ]);
    // And back.
    const text = JSON.stringify(document?.document);
    const { cyclonedx: back } = merged([{ path: "acme_x/layer/sbom.spdx.json", text }]);
    expect(back?.document.components).toEqual([
      {
        type: "application",
        "bom-ref": "acme_x/layer:pkg:generic/x@1.2",
        name: "acme/x",
        version: "1.2",
        hashes: [{ alg: "SHA-256", content: sha256 }],
        licenses: [{ expression: "MIT AND LicenseRef-A-licence-of-ours" }],
        cpe: facts.cpe,
        purl: facts.purl,
        properties: facts.properties,
      },
    ]);
  });

  it("is carried over from Syft's own format, whatever its age", () => {
    const old = {
      name: "x",
      version: "1",
      cpes: ["cpe:2.3:a:x:x:1:*:*:*:*:*:*:*"],
      licenses: ["MIT", "BSD"],
    };
    const { spdx: document } = merged([syft("a", { artifacts: [old], schema: { version: "3.0.1" } })]);
    expect(document?.document.packages).toMatchObject([
      {
        name: "x",
        licenseDeclared: "LicenseRef-MIT AND LicenseRef-BSD",
        externalRefs: [{ referenceType: "cpe23Type" }],
      },
    ]);
  });

  it("has licences under names that differ, though ids cannot say the difference, and sentences as names", () => {
    const licences = ["\u8a31\u53ef", "\u8bb8\u53ef"].map((name) => ({ license: { name } }));
    const components = [
      library("x", { licenses: licences }),
      library("y", { licenses: [{ expression: "SEE LICENSE IN FILE" }] }),
      library("z", { licenses: [{ expression: "(MIT OR GPL-2.0-only WITH Classpath-exception-2.0)" }] }),
    ];
    const { spdx: document } = merged([cyclonedx("a", { components })]);
    expect(document?.document.packages?.map(({ licenseDeclared }) => licenseDeclared)).toEqual([
      expect.stringMatching(/^LicenseRef-- AND LicenseRef---[0-9a-f]{12}$/),
      "LicenseRef-SEE-LICENSE-IN-FILE",
      "(MIT OR GPL-2.0-only WITH Classpath-exception-2.0)",
    ]);
    expect(document?.document.hasExtractedLicensingInfos).toHaveLength(3);
  });

  it("may be of a type, and have hashes, that are named like something of every object", () => {
    const odd = { type: "constructor", name: "x", hashes: [{ alg: "toString", content: "00" }] };
    const { spdx: document } = merged([cyclonedx("a", { components: [odd] })]);
    expect(document?.document.packages).toMatchObject([{ primaryPackagePurpose: "OTHER" }]);
    expect(document?.document.packages?.[0]).not.toHaveProperty("checksums");
  });

  it("does not count twice where a layer has both", () => {
    const files = [
      cyclonedx("a", { components: [library("x")] }),
      spdx("a", { packages: [{ SPDXID: "SPDXRef-x", name: "x", versionInfo: "1" }] }),
    ];
    const both = merged(files);
    expect(both.spdx?.document.packages).toHaveLength(1);
    expect(both.cyclonedx?.document.components).toHaveLength(1);
  });
});

describe("in CycloneDX", () => {
  it("equal names of different layers stay apart, and references follow", () => {
    const one = (name: string) => ({
      components: [library(name, { "bom-ref": "r" }), library(`${name}-dep`, { "bom-ref": "d" })],
      dependencies: [{ ref: "r", dependsOn: ["d", "gone"] }],
      compositions: [{ aggregate: "complete", assemblies: ["r"] }],
    });
    const { cyclonedx: document } = merged([cyclonedx("a", one("x")), cyclonedx("b", one("y"))]);
    expect(document?.document.dependencies).toEqual([
      { ref: "a:r", dependsOn: ["a:d"] },
      { ref: "b:r", dependsOn: ["b:d"] },
    ]);
    expect(document?.document.compositions).toEqual([
      { aggregate: "complete", assemblies: ["a:r"] },
      { aggregate: "complete", assemblies: ["b:r"] },
    ]);
    expect(faultsOfCyclonedx(document?.document)).toEqual([]);
  });

  it("a component that layers share is there once, with what each says of its dependencies", () => {
    const nested = library("x", { "bom-ref": "x", components: [library("part", { "bom-ref": "part" })] });
    const one = (name: string) => ({
      components: [{ ...nested, "bom-ref": `x-of-${name}` }, library(name, { "bom-ref": name })],
      dependencies: [{ ref: `x-of-${name}`, dependsOn: [name, "part"] }],
    });
    const { cyclonedx: document } = merged([cyclonedx("b", one("m")), cyclonedx("a", one("n"))]);
    expect(document?.document.components?.map(({ name }) => name)).toEqual(["m", "n", "x"]);
    expect(document?.document.dependencies).toEqual([
      { ref: "a:x-of-n", dependsOn: ["a:n", "a:part", "b:m"] },
    ]);
  });

  it("what a document is about is a component of the whole", () => {
    const about = { metadata: { component: library("app", { "bom-ref": "app" }) } };
    const { cyclonedx: document } = merged([cyclonedx("a", about)]);
    expect(document?.document.components).toMatchObject([{ name: "app", "bom-ref": "a:app" }]);
  });

  it("the version is the newest of the inputs', and 1.4 at least", () => {
    const of = (...versions: string[]) =>
      merged(
        versions.map((specVersion) => cyclonedx(specVersion, { specVersion, components: [library("x")] })),
      ).cyclonedx?.document.specVersion;
    expect(of("1.3")).toBe("1.4");
    expect(of("1.6", "1.4")).toBe("1.6");
    expect(
      merged([spdx("a", { packages: [{ SPDXID: "SPDXRef-x", name: "x" }] })]).cyclonedx?.document,
    ).toMatchObject({ specVersion: "1.4" });
  });

  it("a name that a document gives twice is there once", () => {
    const components = [library("x", { "bom-ref": "r" }), library("y", { "bom-ref": "r" })];
    const { cyclonedx: document } = merged([cyclonedx("a", { components })]);
    expect(document?.document.components?.map((one) => one["bom-ref"])).toEqual(["a:r", "a:r.2"]);
  });
});

describe("in SPDX", () => {
  const thing = (name: string, more: object = {}) => ({
    SPDXID: `SPDXRef-${name}`,
    name,
    downloadLocation: "NOASSERTION",
    ...more,
  });

  it("a package that layers share is there once, and relationships lead to it", () => {
    const one = (id: string, user: string) => ({
      packages: [{ ...thing("x"), SPDXID: `SPDXRef-${id}` }, thing(user)],
      relationships: [
        {
          spdxElementId: `SPDXRef-${user}`,
          relatedSpdxElement: `SPDXRef-${id}`,
          relationshipType: "DEPENDS_ON",
        },
        {
          spdxElementId: `SPDXRef-${user}`,
          relatedSpdxElement: "SPDXRef-gone",
          relationshipType: "DEPENDS_ON",
        },
        { spdxElementId: `SPDXRef-${user}`, relatedSpdxElement: "NONE", relationshipType: "DEPENDS_ON" },
      ],
      documentDescribes: [`SPDXRef-${user}`],
    });
    const { spdx: document } = merged([spdx("b", one("second", "m")), spdx("a", one("first", "n"))]);
    expect(document?.document.packages?.map(({ SPDXID }) => SPDXID)).toEqual([
      "SPDXRef-a-first",
      "SPDXRef-a-n",
      "SPDXRef-b-m",
    ]);
    const told = document?.document.relationships?.map(
      (one) => `${one.spdxElementId} ${one.relationshipType} ${one.relatedSpdxElement}`,
    );
    expect(told).toEqual([
      "SPDXRef-DOCUMENT DESCRIBES SPDXRef-a-n",
      "SPDXRef-DOCUMENT DESCRIBES SPDXRef-b-m",
      "SPDXRef-a-n DEPENDS_ON NONE",
      "SPDXRef-a-n DEPENDS_ON SPDXRef-a-first",
      "SPDXRef-b-m DEPENDS_ON NONE",
      "SPDXRef-b-m DEPENDS_ON SPDXRef-a-first",
    ]);
  });

  it("files and snippets go along with the packages that hold them", () => {
    const { spdx: document } = merged([
      spdx("a", {
        packages: [thing("x", { hasFiles: ["SPDXRef-f"] })],
        files: [{ SPDXID: "SPDXRef-f", fileName: "f" }],
        snippets: [{ SPDXID: "SPDXRef-s", snippetFromFile: "SPDXRef-f" }],
      }),
    ]);
    expect(document?.document).toMatchObject({
      packages: [{ SPDXID: "SPDXRef-a-x", hasFiles: ["SPDXRef-a-f"] }],
      files: [{ SPDXID: "SPDXRef-a-f" }],
      snippets: [{ SPDXID: "SPDXRef-a-s", snippetFromFile: "SPDXRef-a-f" }],
    });
  });

  it("a licence's name stands for one text, and one name of another document is none of ours", () => {
    const one = (extractedText: string) => ({
      packages: [thing("x", { licenseDeclared: "MIT OR LicenseRef-L" })],
      hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-L", extractedText }],
      externalDocumentRefs: [{ externalDocumentId: "DocumentRef-other", spdxDocument: extractedText }],
      relationships: [
        {
          spdxElementId: "SPDXRef-x",
          relatedSpdxElement: "DocumentRef-other:SPDXRef-y",
          relationshipType: "COPY_OF",
        },
      ],
    });
    const { spdx: document } = merged([spdx("a", one("first")), spdx("b", one("second"))]);
    expect(document?.document.packages?.map(({ licenseDeclared }) => licenseDeclared)).toEqual([
      "MIT OR LicenseRef-L",
      "MIT OR LicenseRef-b-L",
    ]);
    expect(document?.document.hasExtractedLicensingInfos).toHaveLength(2);
    expect(JSON.stringify(document?.document.relationships)).toContain("DocumentRef-b-other:SPDXRef-y");
  });

  it("who made the inputs, and by which list of licences, is told", () => {
    const by = (creator: string, licenseListVersion: string) => ({
      packages: [thing(creator)],
      creationInfo: { created: "2020-01-01T00:00:00Z", creators: [`Tool: ${creator}`], licenseListVersion },
    });
    const { spdx: document } = merged([spdx("a", by("z", "3.9")), spdx("b", by("b", "3.28"))]);
    expect(document?.document.creationInfo).toEqual({
      created: identity.created,
      creators: ["Tool: b", expect.stringMatching(/^Tool: cnb-dockerfile-/), "Tool: z"],
      licenseListVersion: "3.28",
    });
  });
});

describe("in Syft's own format", () => {
  it("the same id for different things becomes two, and relationships follow", () => {
    const one = (name: string, source: string) => ({
      artifacts: [{ id: "1", name }],
      source: { id: source },
      artifactRelationships: [
        { parent: source, child: "1", type: "contains" },
        { parent: "gone", child: "1", type: "contains" },
      ],
    });
    const { syft: document } = merged([
      syft("a", one("x", "s")),
      syft("b", one("y", "t")),
      syft("c", one("x", "u")),
    ]);
    expect(document?.document.artifacts).toEqual([
      { id: "1", name: "x" },
      { id: "b:1", name: "y" },
    ]);
    expect(document?.document.artifactRelationships).toEqual([
      { parent: identity.identity, child: "1", type: "contains" },
      { parent: identity.identity, child: "b:1", type: "contains" },
    ]);
  });

  it("an older major version is left out with a warning, and named in the other formats", () => {
    const warnings: Diagnostic[] = [];
    const files = [
      syft("old", { artifacts: [{ name: "x" }], schema: { version: "3.1.0" } }),
      syft("new", { artifacts: [{ name: "y" }], schema: { version: "16.0.0" } }),
    ];
    const all = mergeSboms(files, identity, (warning) => warnings.push(warning));
    expect(all.syft?.document.artifacts).toEqual([{ name: "y" }]);
    expect(all.spdx && packageCount(all.spdx)).toBe(2);
    expect(warnings).toMatchObject([{ code: "sbom/left-out", location: { file: "old/sbom.syft.json" } }]);
  });
});

it("the bytes are the same in whatever order files come", () => {
  const text = fc.constantFrom("a", "b", "a_b", "é", "x y", "1");
  const ref = fc.constantFrom("r", "s", "t");
  const component = fc.record({ type: fc.constant("library"), name: text, "bom-ref": ref, version: text });
  const file = fc.oneof(
    fc
      .record({
        components: fc.array(component),
        dependencies: fc.array(fc.record({ ref, dependsOn: fc.uniqueArray(ref) })),
      })
      .map((document) => (directory: string) => cyclonedx(directory, document)),
    fc
      .array(fc.record({ SPDXID: ref.map((id) => `SPDXRef-${id}`), name: text }))
      .map((packages) => (directory: string) => spdx(directory, { packages })),
    fc
      .array(fc.record({ id: ref, name: text, version: text }))
      .map((artifacts) => (directory: string) => syft(directory, { artifacts })),
  );
  const files = fc
    .uniqueArray(fc.tuple(fc.tuple(text, text), file), {
      selector: ([[a, b], make]) => make(`${a}/${b}`).path,
    })
    .map((list) => list.map(([[a, b], make]) => make(`${a}/${b}`)));
  const texts = (list: readonly SbomFile[]) => Object.values(merged(list)).map(sbomText);
  fc.assert(
    fc.property(
      files.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      ([list, shuffled]) => {
        expect(texts(shuffled)).toEqual(texts(list));
        const { cyclonedx: document, spdx: other } = merged(list);
        if (document !== undefined) expect(faultsOfCyclonedx(document.document)).toEqual([]);
        const ids = other?.document.packages?.map(({ SPDXID }) => SPDXID) ?? [];
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.filter((id) => !/^SPDXRef-[A-Za-z0-9.-]+$/.test(id))).toEqual([]);
      },
    ),
    { numRuns: 200, seed: testSeed("bills of materials") },
  );
});

it("recorded documents come through whole", () => {
  const { spdx: document } = merged([{ path: "a/sbom.spdx.json", text: recordedSbom("spdx-2.3") }]);
  const original = JSON.parse(recordedSbom("spdx-2.3"));
  for (const list of ["packages", "files", "relationships", "hasExtractedLicensingInfos"] as const) {
    expect(document?.document[list]).toHaveLength(original[list].length);
  }
});
