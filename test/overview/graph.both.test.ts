import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { visible } from "../../src/diagnostics/format.ts";
import { type Graph, stageGraph } from "../../src/overview/graph.ts";
import { formatMermaid } from "../../src/overview/mermaid.ts";
import type { Overview } from "../../src/overview/overview.ts";
import { formatSvg } from "../../src/overview/svg.ts";
import { hostile } from "../helpers/hostile.ts";
import { caseOverviews, withTexts } from "../helpers/overviews.ts";
import { readMermaid } from "../helpers/read-mermaid.ts";
import { readXml } from "../helpers/read-xml.ts";
import { tries } from "../helpers/starting.ts";
import { testSeed } from "../helpers/test-seed.ts";

let cases: ReadonlyMap<string, Overview>;
beforeAll(async () => {
  cases = await caseOverviews();
});

function graphOf(name: string): Graph {
  const overview = cases.get(name);
  if (overview === undefined) throw new Error(`golden/${name} gives no overview`);
  return stageGraph(overview);
}

describe("the graph", () => {
  it("has a node for each stage and for what stages begin from, and what each takes", () => {
    const { nodes, edges } = graphOf("minimal");
    expect(nodes.map(({ lines }) => lines[0])).toEqual(
      expect.arrayContaining(["tool", "build", "app", "registry.example/acme/run:24@sha256:aaaaaaaaaaaa"]),
    );
    expect(edges).toContainEqual({ from: "stage_tool", to: "stage_builder", kinds: ["COPY"] });
    expect(edges).toContainEqual({ from: "stage_builder", to: "stage_build", kinds: ["FROM"] });
    expect(edges).toContainEqual({ from: "stage_restore", to: "stage_build", kinds: ["mount"] });
    expect(edges).toContainEqual({ from: "stage_build", to: "stage_export", kinds: ["mount"] });
  });

  it("tells the platforms' own images apart", () => {
    const overview = cases.get("minimal");
    if (overview === undefined) throw new Error("golden/minimal gives no overview");
    const platforms = overview.platforms.map((platform, index) => ({
      ...platform,
      runImageDigest: `sha256:${`${index}`.repeat(64)}`,
    }));
    expect(stageGraph({ ...overview, platforms }).nodes.map(({ lines }) => lines)).toContainEqual([
      "registry.example/acme/run:24",
      "linux/amd64 sha256:000000000000",
      "linux/arm64 sha256:111111111111",
    ]);
  });

  it("shows downloads, buildpackages and the project's directory", () => {
    const first = (name: string) => graphOf(name).nodes.map(({ lines }) => lines[0]);
    expect(first("module-download")).toContainEqual(expect.stringMatching(/^https:\/\//));
    expect(first("module-image")).toContainEqual(expect.stringMatching(/buildpack/));
    expect(first("module-directory")).toContain("the project's directory");
  });
});

describe("as Mermaid and as SVG", () => {
  it("every golden case has all its nodes and arrows", async () => {
    expect(cases.size).toBeGreaterThan(30);
    for (const overview of cases.values()) await expectAll(stageGraph(overview));
  });

  it("no name gets out of its label", async () => {
    const base = cases.get("module-download");
    if (base === undefined) throw new Error("golden/module-download gives no overview");
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(hostile), async (texts) => {
        await expectAll(stageGraph(withTexts(base, () => texts.next().value)));
      }),
      { numRuns: tries(100), seed: testSeed("names in graphs") },
    );
  });
});

/** Both forms, read back, say what the graph says. */
async function expectAll(graph: Graph): Promise<void> {
  const mermaid = readMermaid(formatMermaid(graph));
  expect(mermaid.title).toBe(visible(graph.title));
  expect(mermaid.description).toBe(visible(graph.description.join(" ")));
  expect(mermaid.nodes).toEqual(
    new Map(graph.nodes.map(({ id, lines }) => [id, lines.map(visible).join("\n") || " "])),
  );
  expect(mermaid.edges).toEqual(
    graph.edges.map(({ from, to, kinds }) => ({ from, to, label: kinds.join(", ") })),
  );
  const svg = readXml(await formatSvg(graph));
  const texts = (name: string) => svg.filter((element) => element.name === name).map(({ text }) => text);
  expect(texts("title")).toEqual(
    [graph.title, ...graph.nodes.map(({ lines }) => lines.join(", "))].map(drawn),
  );
  expect(texts("desc")).toEqual([graph.description.map(drawn).join("\n")]);
  expect(texts("text")).toEqual([
    ...graph.nodes.flatMap(({ lines }) => lines.map(drawn)),
    ...graph.edges.map(({ kinds }) => kinds.join(", ")),
  ]);
  expect(texts("path")).toHaveLength(graph.edges.length + 1);
}

/** What XML cannot hold is told by a sign. */
function drawn(text: string): string {
  return visible(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd");
}
