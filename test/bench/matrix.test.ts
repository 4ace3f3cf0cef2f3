import { expect, it } from "vitest";
import { labImages } from "../lab/images.ts";
import { apps } from "./apps.ts";
import { readArguments } from "./arguments.ts";
import { dockerfileOf } from "./hand-written.ts";
import { matrix } from "./matrix.ts";
import { scenarioOf, scenarios } from "./scenarios/scenarios.ts";

it("names an app and a scenario that there are in every row, and no row twice", () => {
  for (const { app, scenario } of matrix) {
    expect(Object.keys(apps)).toContain(app);
    expect(Object.keys(scenarios)).toContain(scenario);
  }
  expect(new Set(matrix.map(({ name }) => name)).size).toBe(matrix.length);
});

it("has every app and every scenario in a row", () => {
  expect(new Set(matrix.map(({ app }) => app))).toEqual(new Set(Object.keys(apps)));
  expect(new Set(matrix.map(({ scenario }) => scenario))).toEqual(new Set(Object.keys(scenarios)));
});

it("compares each target with something that its row builds", () => {
  for (const { name, doors, targets, scenario } of matrix) {
    for (const { beside, door, ratio, moreMs } of targets) {
      const isBuilt = beside === "once" ? scenarioOf(scenario).hasOnce === true : doors.includes(beside);
      expect([name, isBuilt]).toEqual([name, true]);
      expect(ratio ?? moreMs).toBeGreaterThan(0);
      if (door !== undefined) expect(doors).toContain(door);
    }
  }
});

it("changes a dependency only of apps that have one", () => {
  const rows = matrix.filter(({ scenario }) => scenarioOf(scenario).change === "dependency");
  expect(rows.filter(({ app }) => !("changeDependency" in apps[app]))).toEqual([]);
});

it("writes a Dockerfile by hand on the run image for each app", () => {
  const images = labImages("127.0.0.1:5000");
  for (const { handWritten } of Object.values(apps)) {
    const text = dockerfileOf(handWritten, images, "https://npm.example/");
    expect(text).toContain(`\nCOPY --link`);
    expect(text).toContain(`FROM ${images.runBase}\nWORKDIR /workspace\n`);
    expect(text).not.toContain("undefined");
  }
});

it("runs all rows, the quick ones, or those that are named", () => {
  expect(readArguments([])).toMatchObject({
    rows: matrix.filter(({ isOnRequest }) => isOnRequest !== true),
    benches: [],
  });
  expect(readArguments(["--quick"])).toMatchObject({
    rows: matrix.filter(({ isQuick }) => isQuick === true),
  });
  const named = readArguments(["far-line-node", "fleet", "--runs", "7", "--json", "a.json"]);
  expect(named).toMatchObject({ benches: ["fleet"], json: "a.json" });
  expect(named.rows.map(({ name }) => name)).toEqual(["far-line-node"]);
});

it("runs five rounds, with --quick fewer of long rows than of short ones, or as many as are wanted", () => {
  const roundsOf = (...words: string[]) => {
    const { rows, rounds } = readArguments(words);
    return [...new Set(rows.map(rounds))];
  };
  expect(roundsOf()).toEqual([5]);
  expect(roundsOf("--quick")).toEqual([7, 3]);
  expect(roundsOf("--quick", "--runs", "2")).toEqual([2]);
});

it("refuses a row that there is not, and a number that is none", () => {
  expect(() => readArguments(["line-cobol"])).toThrow("there is no row line-cobol");
  expect(() => readArguments(["--runs", "0"])).toThrow("--runs is a number from 1 to 999, not 0");
});
