import { describe, expect, it } from "vitest";
import { readPreviousImage } from "../../src/builder/previous-image.ts";
import { faultsOf } from "../helpers/errors.ts";

const platform = { os: "linux", architecture: "amd64" };
const lifecycle = "io.buildpacks.lifecycle.metadata";

const read = (labels: Readonly<Record<string, string>>, diffIds: readonly string[] = []) =>
  readPreviousImage({ platform, config: { ...platform, env: [], user: "", labels, diffIds } }, "acme/app:1");
const readLabel = (label: unknown) => read({ [lifecycle]: JSON.stringify(label) }).lifecycle;
const layersOf = (layers: unknown) =>
  readLabel({ buildpacks: [{ key: "a/b", layers }] })?.buildpacks[0]?.layers;

describe("an earlier image", () => {
  it("says what its layers are, its stores and the run image below", () => {
    expect(
      readLabel({
        app: [{ sha: "sha256:1" }],
        sbom: { sha: "sha256:2" },
        buildpacks: [
          {
            key: "a/b",
            version: "1",
            layers: { tool: { sha: "sha256:3", data: { v: 1 }, build: false, launch: true, cache: false } },
            store: { metadata: { n: 1 } },
          },
        ],
        runImage: {
          topLayer: "sha256:4",
          reference: "acme/run@sha256:5",
          image: "acme/run:1",
          mirrors: ["m/run"],
        },
      }),
    ).toEqual({
      topLayer: "sha256:4",
      runImages: ["acme/run@sha256:5", "acme/run:1", "m/run"],
      sbom: "sha256:2",
      buildpacks: [
        {
          id: "a/b",
          layers: [
            { name: "tool", sha: "sha256:3", data: { v: 1 }, build: false, launch: true, cache: false },
          ],
          store: { n: 1 },
        },
      ],
    });
  });

  it("may leave out, or write as null, whatever is empty, as Go does", () => {
    expect(readLabel({ buildpacks: null, sbom: null, runImage: null })).toEqual({
      topLayer: "",
      runImages: [],
      buildpacks: [],
    });
    expect(layersOf({ x: { data: null } })).toEqual([
      { name: "x", sha: "", data: null, build: false, launch: false, cache: false },
    ]);
    expect(layersOf(null)).toEqual([]);
    expect(
      readLabel({ buildpacks: [{ key: "a", store: { metadata: null } }] })?.buildpacks[0]?.store,
    ).toEqual({});
  });

  it("without the label has nothing to say of layers", () => {
    expect(read({ "io.buildpacks.exec-env": "test" }, ["sha256:1"])).toEqual({
      platform,
      diffIds: ["sha256:1"],
      execEnv: "test",
    });
    expect(read({ [lifecycle]: "", "io.buildpacks.exec-env": "" })).toEqual({ platform, diffIds: [] });
  });
});

describe("a label is refused that", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const withData = (json: string) => `{"buildpacks":[{"key":"a","layers":{"x":{"data":${json}}}}]}`;

  it.each([
    ["is not JSON", "{", "it is not JSON"],
    ["is a text", '"none"', "it should be Object"],
    ["has another shape", '{"buildpacks":[{"key":1}]}', "buildpacks.0.key should be string, but is 1"],
    [
      "has a layer outside of its directory",
      '{"buildpacks":[{"key":"a","layers":{"../x":{}}}]}',
      "buildpacks.0.layers",
    ],
    [
      "has the directory itself as a layer",
      '{"buildpacks":[{"key":"a","layers":{"..":{}}}]}',
      "buildpacks.0.layers",
    ],
    ["is nested without end", withData(nested(5000)), "data is nested more than 64 deep"],
  ])("%s", (_, text, reason) => {
    const [fault] = faultsOf(() => read({ [lifecycle]: text }));
    expect(fault).toMatchObject({
      code: "builder/app-label-unreadable",
      location: { file: "acme/app:1", keyPath: lifecycle },
    });
    expect(fault?.message).toContain(reason);
  });
});
