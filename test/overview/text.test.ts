import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Overview } from "../../src/overview/overview.ts";
import { formatOverview } from "../../src/overview/text.ts";
import { hostile } from "../helpers/hostile.ts";
import { caseOverviews, withTexts } from "../helpers/overviews.ts";
import { testSeed } from "../helpers/test-seed.ts";

let cases: ReadonlyMap<string, Overview>;
beforeAll(async () => {
  cases = await caseOverviews();
});

const plain = (overview: Overview) => formatOverview(overview, { color: false });

function caseOf(name: string): Overview {
  const overview = cases.get(name);
  if (overview === undefined) throw new Error(`golden/${name} gives no overview`);
  return overview;
}

describe("the plan's text", () => {
  it("fits 80 columns, but for options to copy and words that are longer than their column", () => {
    for (const overview of cases.values()) {
      const long = plain(overview)
        .split("\n")
        .filter((line) => line.length > 80 && / /.test(line.trim().replace(/^(--\S+ .*|\S+ {2,})/, "")));
      expect(long).toEqual([]);
    }
  });

  it("has colours only where they are wanted, and says the same with them", () => {
    const overview = caseOf("secrets");
    const colored = formatOverview(overview, { color: true });
    expect(colored).not.toBe(plain(overview));
    expect(stripVTControlCharacters(colored)).toBe(plain(overview));
  });

  it("leaves out what there is none of", () => {
    expect(plain(caseOf("minimal"))).not.toMatch(/hand over|Added buildpacks|Warnings/);
    expect(plain(caseOf("warns-of-unknown-keys"))).toContain("Warnings\n  descriptor/unknown-key");
  });

  it("lists image extensions, and says that what they do is known later", () => {
    const text = plain(caseOf("image-extensions"));
    expect(text).toContain(
      "Image extensions (which take part is known after detection)\n  1  acme/ubi@1.0.0, acme/curl@0.1.0\n",
    );
    expect(text).toMatch(/ {2}extend +skipped: the frontend does it, with what detection selects\n/);
    expect(plain(caseOf("minimal"))).not.toContain("Image extensions");
  });

  it("quotes what is to be copied to a shell", () => {
    expect(plain(caseOf("images-from-oci-layouts"))).toMatch(
      /--build-context '[^']*acme builder@sha256:[^']*'/,
    );
  });

  it("tells orders apart that differ between platforms", () => {
    const overview = caseOf("minimal");
    const [first, ...rest] = overview.platforms;
    if (first === undefined) throw new Error("no platform");
    const text = plain({
      ...overview,
      platforms: [{ ...first, order: [[{ id: "acme/other", optional: false }]] }, ...rest],
    });
    expect(text).toContain(
      "Buildpack order on linux/amd64 (the first group that passes detection is used)\n  1  acme/other\n",
    );
    expect(text).toContain(
      "Buildpack order on linux/arm64 (the first group that passes detection is used)\n  1  acme/node@3.1.0",
    );
  });

  it("shows control characters, and no name makes a line of its own", () => {
    const base = caseOf("module-download");
    const lines = (text: string) => text.split("\n").filter((line) => /^\S/.test(line));
    fc.assert(
      fc.property(fc.infiniteStream(hostile), (texts) => {
        const text = plain(withTexts(base, () => texts.next().value));
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        expect(lines(text)).toEqual(lines(plain(base)));
      }),
      { numRuns: 200, seed: testSeed("names in the plan's text") },
    );
  });
});
