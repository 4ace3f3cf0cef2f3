import { describe, expect, it } from "vitest";
import { contentIdentity, repeatable } from "../../src/sbom/repeatable.ts";
import { readSbom, sbomText } from "../../src/sbom/sbom.ts";
import { statementOf } from "../../src/sbom/statement.ts";
import { identity, recordedSbom } from "../helpers/sboms.ts";

const spdx = readSbom("spdx", { path: "sbom.json", text: recordedSbom("spdx-2.3") });
const cyclonedx = readSbom("cyclonedx", { path: "sbom.cdx.json", text: recordedSbom("cyclonedx-1.6") });

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

/** Key paths at which two values differ. */
function differences(a: unknown, b: unknown, path = ""): string[] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return a === b ? [] : [path];
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => differences(left.get(key), right.get(key), `${path}.${key}`));
}

describe("Syft's documents", () => {
  it("change in the four places that the clock and chance had a hand in", () => {
    const [first, second] = [repeatable(spdx, identity), repeatable(cyclonedx, identity)];
    expect(differences(spdx.document, first.document)).toEqual([
      ".documentNamespace",
      ".creationInfo.created",
    ]);
    expect(differences(cyclonedx.document, second.document)).toEqual([
      ".serialNumber",
      ".metadata.timestamp",
    ]);
    expect(first.document.documentNamespace).toMatch(new RegExp(`^https://[^#]*/spdx/dir-${uuid}$`));
    expect(second.document.serialNumber).toMatch(new RegExp(`^urn:uuid:${uuid}$`));
  });

  it("keep their keys' order, and end in a newline", () => {
    const text = sbomText(spdx);
    expect(text).toBe(`${JSON.stringify(JSON.parse(recordedSbom("spdx-2.3")))}\n`);
  });

  it("are the same bytes for the same identity, and others for another", () => {
    const later = readSbom("cyclonedx", {
      path: "sbom.cdx.json",
      text: recordedSbom("cyclonedx-1.6")
        .replace(/urn:uuid:[^"]+/, "urn:uuid:00000000-0000-4000-8000-000000000000")
        .replace(/"timestamp":"[^"]+"/, '"timestamp":"2030-01-01T00:00:00Z"'),
    });
    const texts = [cyclonedx, later].map((sbom) => sbomText(repeatable(sbom, identity)));
    expect(texts[0]).toBe(texts[1]);
    expect(sbomText(repeatable(cyclonedx, { ...identity, identity: "0b" }))).not.toBe(texts[0]);
    expect(contentIdentity(later)).toBe(contentIdentity(cyclonedx));
  });

  it("have an identity in what they say, where none is known", () => {
    const other = readSbom("cyclonedx", {
      path: "sbom.cdx.json",
      text: recordedSbom("cyclonedx-1.6").replace("2.1.3", "2.1.4"),
    });
    expect(contentIdentity(repeatable(cyclonedx, identity))).toBe(contentIdentity(cyclonedx));
    expect(contentIdentity(other)).not.toBe(contentIdentity(cyclonedx));
    expect(contentIdentity(spdx)).toMatch(/^[0-9a-f]{64}$/);
  });
});

it("a statement has the document, its type and no subject", () => {
  expect(statementOf("https://spdx.dev/Document", spdx.document)).toEqual({
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://spdx.dev/Document",
    subject: [],
    predicate: spdx.document,
  });
});
