import { describe, expect, it } from "vitest";
import { changeRunImage, readLabelRunImage } from "../../src/rebase/label-run-image.ts";

const topLayer = "sha256:2222";
const reference = "registry.example/acme/run:24@sha256:3333";

describe("the changed label", () => {
  it("keeps everything but the run image byte for byte", () => {
    const data = String.raw`{"a":1.0,"b":12345678901234567890,"c":"\u003cq\u0026\"},{","d":[1e3,{"runImage":{}}]}`;
    const before = `{"app":[{"sha":"x"}],"buildpacks":[{"layers":{"n":{"data":${data}}}}],"runImage":{"topLayer":"sha256:1","reference":"r","image":"acme/run","mirrors":["a","b"]},"stack":{"runImage":{"image":"acme/run"}}}`;
    expect(changeRunImage(before, { topLayer, reference })).toBe(
      before
        .replace('"topLayer":"sha256:1"', `"topLayer":"${topLayer}"`)
        .replace('"reference":"r"', `"reference":"${reference}"`),
    );
  });

  it("names another run image, here and for stacks, where that is asked for", () => {
    const before =
      '{"runImage":{"topLayer":"x","reference":"r","image":"a","mirrors":["b"]},"config":{"sha":"c"}}';
    const label = changeRunImage(before, { topLayer, reference, name: "acme/other:1" });
    expect(JSON.parse(label)).toEqual({
      runImage: { topLayer, reference, image: "acme/other:1" },
      config: { sha: "c" },
      stack: { runImage: { image: "acme/other:1" } },
    });
  });

  it("is compact, and its value the same, however the label is laid out", () => {
    const before = '{ "runImage" : { "topLayer" : "x" } ,\n "process-types" : { "sha" : "p" } }';
    expect(changeRunImage(before, { topLayer, reference })).toBe(
      `{"runImage":{"topLayer":"${topLayer}","reference":"${reference}"},"process-types":{ "sha" : "p" }}`,
    );
  });
});

describe("the label is read", () => {
  const read = (value: unknown) =>
    readLabelRunImage(
      { "io.buildpacks.lifecycle.metadata": typeof value === "string" ? value : JSON.stringify(value) },
      "acme/app:1",
    );

  it("with all names of the run image, those for stacks last, each once", () => {
    const runImage = { topLayer, reference, image: "acme/run", mirrors: ["mirror.example/run"] };
    const stack = { runImage: { image: "acme/run", mirrors: ["old.example/run"] } };
    expect(read({ runImage, stack })).toEqual({
      ...{ topLayer, reference },
      names: ["acme/run", "mirror.example/run", "old.example/run"],
    });
  });

  it("with null for what is empty, as Go writes it", () => {
    expect(read({ runImage: { topLayer, reference, mirrors: null }, stack: null })?.names).toEqual([]);
  });

  it("as nothing where it is absent or empty", () => {
    expect(readLabelRunImage({}, "acme/app:1")).toBeUndefined();
    expect(read("")).toBeUndefined();
  });

  it.each([["{"], [{ runImage: 1 }], [{}]])("with a word on what is wrong with %j", (value) => {
    expect(() => read(value)).toThrow("builder/app-label-unreadable");
  });
});
