import { expect, it } from "vitest";
import { readXml } from "../helpers/read-xml.ts";
import { buildkitSteps, packSteps } from "./observe.ts";
import { changesSince, changesText } from "./report/compare.ts";
import { readReport, reportJson } from "./report/json.ts";
import { renewPage, reportMarkdown, tableEnd, tableStart } from "./report/markdown.ts";
import { reportSvg } from "./report/svg.ts";
import { rowText } from "./report/text.ts";
import type { BenchReport, Measurement, SideResult } from "./results.ts";
import { pairwiseRatios, spreadOf } from "./statistics.ts";
import { verdictsOf } from "./verdicts.ts";

const pack = [4000, 4200, 4100];

function measured(wallMs: number): Measurement {
  const rest = { clientCpuSeconds: 0.1, clientPeakMiB: 50, daemonCpuSeconds: 2, registryRequests: 10 };
  return { wallMs, pushedBytes: 12_000, ...rest };
}

function side(name: string, wall: readonly number[], reference?: readonly number[]): SideResult {
  const ratios = reference === undefined ? [] : pairwiseRatios(wall, reference);
  return {
    side: name,
    title: name,
    runs: wall.map(measured),
    wall: spreadOf(wall),
    observation: { containers: 3, steps: [{ name: "RUN <true>", ms: 5 }] },
    ...(ratios.length === 0 ? {} : { toReference: { ratios, spread: spreadOf(ratios) } }),
  };
}

/** In: how long our builds take. */
function report(buildx: readonly number[], build: readonly number[] = buildx): BenchReport {
  const sides = [
    side("pack", pack, pack),
    { ...side("buildx", buildx, pack), targetRatio: 0.35 },
    { ...side("build", build, pack), targetRatio: 0.35 },
    side("dockerfile", [200, 210, 220], pack),
  ];
  const targets = [
    { beside: "pack", ratio: 0.35 },
    { beside: "dockerfile", moreMs: 1000 },
  ] as const;
  const row = { row: "line-node", title: "a small app: one line & more", rounds: 3, reference: "pack build" };
  const rows = [{ ...row, sides, verdicts: verdictsOf(targets, sides) }];
  return { version: 1, commit: "abc123", cores: 2, isQuick: true, rows };
}

it("counts the worse of two doors", () => {
  const [row] = report([1000, 1050, 1100], [2000, 2100, 2200]).rows;
  expect(row?.verdicts).toEqual([
    { target: "0.35 of pack build", side: "build", value: 0.5, limit: 0.35, unit: "ratio", isMet: false },
    {
      target: "1000 ms more than the hand-written Dockerfile",
      side: "build",
      value: 1890,
      limit: 1000,
      unit: "ms more",
      isMet: false,
    },
  ]);
});

it("compares a door with twice its own single build", () => {
  const sides = [side("build", [1500]), side("build:once", [1000])];
  const [verdict] = verdictsOf([{ beside: "once", times: 2, ratio: 0.7 }], sides);
  expect(verdict).toMatchObject({ target: "0.7 of twice one platform", value: 0.75, isMet: false });
});

it("tells in text what each side took and whether targets hold", () => {
  const [row] = report([1000, 1050, 1100]).rows;
  const text = row === undefined ? "" : rowText(row);
  expect(text).toContain("line-node: a small app: one line & more (3 rounds, ratio to pack build)");
  expect(text).toMatch(/buildx +1\.05 s +1\.00–1\.10 +0\.25 +0\.10 s +2\.00 s +50 MiB +12 kB +3\n/);
  expect(text).toContain("holds: at most 0.35 of pack build; build");
});

it("reads the JSON that it writes, and nothing else", () => {
  const written = report([1000, 1050, 1100]);
  expect(readReport(reportJson(written))).toMatchObject({ commit: "abc123", isQuick: true });
  expect(() => readReport('{"version": 2}')).toThrow();
});

it("marks a delay of 30 % beyond the spread of both runs, and no noise", () => {
  const before = readReport(reportJson(report([1000, 1060, 1020])));
  const kinds = (of: BenchReport) => changesSince(before, of).map(({ side: name, kind }) => [name, kind]);
  expect(kinds(report([1300, 1378, 1326], [1010, 1050, 1060]))).toEqual([
    ["buildx", "slower"],
    ["build", "within the spread"],
  ]);
  expect(kinds(report([700, 742, 714]))).toContainEqual(["buildx", "faster"]);
  expect(changesText(before, report([1300, 1378, 1326]))).toMatch(
    /line-node +buildx +0\.25 .* → 0\.33 .* \+30 % {2}SLOWER, beyond the spread of both\n/,
  );
});

it("says nothing of rows that the earlier run had not", () => {
  const before = readReport(reportJson({ ...report([1000]), rows: [] }));
  expect(changesSince(before, report([1000, 1000, 1000]))).toEqual([]);
});

it("puts the table between two comments of a page and leaves the rest", () => {
  const table = reportMarkdown(report([1000, 1050, 1100]));
  expect(table).toContain(
    "| a small app: one line & more | 4.10 s | 1.05 s (0.25) | 1.05 s (0.25) | 0.21 s (0.05) |",
  );
  const page = `# Page\n\n${tableStart}\n\nold\n\n${tableEnd}\n\nEnd\n`;
  const renewed = renewPage(page, table);
  expect(renewed).toBe(`# Page\n\n${tableStart}\n\n${table}\n${tableEnd}\n\nEnd\n`);
  expect(renewPage(renewed, table)).toBe(renewed);
  expect(renewPage("", table)).toBe(table);
});

it("draws a chart that XML parsers read, with a bar for each side but pack and a mark for each target", () => {
  const svg = reportSvg(report([1000, 1050, 1100], [20_000, 20_000, 20_000]));
  expect(() => readXml(svg)).not.toThrow();
  expect(svg.match(/<rect class="(buildx|build|dockerfile)" x="400"/g)).toHaveLength(3 + 1);
  expect(svg.match(/<rect class="(met|missed)" [^>]*width="3" height="14"/g)).toHaveLength(2);
  expect(svg).toContain("one line &amp; more");
  expect(svg).toContain("→ 4.88 · 20.00 s");
});

it("has the spread of one run and of several", () => {
  expect(spreadOf([5])).toEqual({ median: 5, least: 5, lowerQuartile: 5, upperQuartile: 5, most: 5 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({
    median: 2.5,
    least: 1,
    lowerQuartile: 1.75,
    upperQuartile: 3.25,
    most: 4,
  });
});

it("lists what ran of BuildKit's steps, and pack's phases with their times", () => {
  const vertex = (digest: string, more: object) =>
    JSON.stringify({ vertexes: [{ digest, name: digest, ...more }] });
  const log = [
    "not JSON",
    vertex("b", { started: "2026-12-24T18:00:02Z" }),
    vertex("a", { started: "2026-12-24T18:00:01Z", completed: "2026-12-24T18:00:01.5Z" }),
    vertex("b", { started: "2026-12-24T18:00:02Z", completed: "2026-12-24T18:00:03Z" }),
    vertex("c", { started: "2026-12-24T18:00:02Z", completed: "2026-12-24T18:00:03Z", cached: true }),
  ];
  expect(buildkitSteps(log.join("\n"))).toEqual([
    { name: "a", ms: 500 },
    { name: "b", ms: 1000 },
  ]);
  const packLog = `2026/12/24 18:00:00.000000 1: Pulling
2026/12/24 18:00:00.250000 ===> ANALYZING
===> DETECTING
2026/12/24 18:00:01.250000 ===> EXPORTING
2026/12/24 18:00:01.500000 done
`;
  expect(packSteps(packLog)).toEqual([
    { name: "before the phases", ms: 250 },
    { name: "ANALYZING", ms: 0 },
    { name: "DETECTING", ms: 1000 },
    { name: "EXPORTING", ms: 250 },
  ]);
});
