import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTrace } from "../../../src/engines/run/read-trace.ts";
import { parseTraceSteps, StepReader } from "../../../src/engines/run/trace-steps.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const vertex = (digest: string, more: object = {}) => ({ digest, name: `step ${digest}`, ...more });
const lines = (...statuses: readonly object[]) => statuses.map((one) => JSON.stringify(one)).join("\n");
const stepsOf = (...statuses: readonly object[]) =>
  parseTraceSteps(lines(...statuses)).map(({ id, outcome, ranMs }) => ({ id, outcome, ranMs }));

describe("a step", () => {
  it("is told when it is known, when it starts and when it ends, and counts once", () => {
    const text = lines(
      { vertexes: [vertex("a", { inputs: ["x", "y"] })] },
      { vertexes: [vertex("a", { started: at(1) })] },
      { logs: [{ vertex: "a", data: "eA==" }] },
      { vertexes: [vertex("a", { started: at(1), completed: at(3.5) })] },
    );
    expect(parseTraceSteps(text)).toEqual([
      { id: "a", name: "step a", inputs: ["x", "y"], outcome: "ran", ranMs: 2500 },
    ]);
  });

  it("that runs twice took both times", () => {
    expect(
      stepsOf({
        vertexes: [
          vertex("a", { started: at(1), completed: at(2) }),
          vertex("a", { started: at(5), completed: at(6) }),
        ],
      }),
    ).toEqual([{ id: "a", outcome: "ran", ranMs: 2000 }]);
  });

  it("is cached where BuildKit says so each time, and took no time", () => {
    const cached = vertex("a", { started: at(1), completed: at(2), cached: true });
    expect(stepsOf({ vertexes: [cached] })).toEqual([{ id: "a", outcome: "cached", ranMs: 0 }]);
    const ran = vertex("a", { started: at(3), completed: at(4) });
    expect(stepsOf({ vertexes: [cached, ran] })).toEqual([{ id: "a", outcome: "ran", ranMs: 1000 }]);
  });

  it("is cached where its result is fetched from a cache elsewhere; one without inputs is what is fetched", () => {
    const fetched = (inputs: readonly string[]) =>
      stepsOf(
        { vertexes: [vertex("a", { inputs, started: at(1), completed: at(2) })] },
        { statuses: [{ id: "extracting sha256:abc", vertex: "a", name: "extract" }] },
      );
    expect(fetched(["x"])).toEqual([{ id: "a", outcome: "cached", ranMs: 1000 }]);
    expect(fetched([])).toEqual([{ id: "a", outcome: "ran", ranMs: 1000 }]);
  });

  it("that failed, or never came to its end, is told as such", () => {
    expect(
      stepsOf({
        vertexes: [
          vertex("a", { started: at(1), completed: at(2), error: "exit code: 1" }),
          vertex("b", { started: at(1) }),
          vertex("c"),
        ],
      }),
    ).toEqual([
      { id: "a", outcome: "failed", ranMs: 1000 },
      { id: "b", outcome: "waiting", ranMs: 0 },
      { id: "c", outcome: "waiting", ranMs: 0 },
    ]);
  });
});

async function readSteps(path: string) {
  const reader = new StepReader();
  await readTrace(path, [reader]);
  return reader.steps();
}

describe("a trace", () => {
  it("that a kill cut short, or that holds what is none, has the steps that it has", async () => {
    const path = join(temporaryDirectory(), "trace.json");
    const good = lines({ vertexes: [vertex("a", { started: at(1), completed: at(2) })], logs: null });
    const forged = JSON.stringify({ logs: [{ data: '{"vertexes":[{"digest":"b"}]}' }] });
    writeFileSync(path, `${good}\n${forged}\n{"vertexes":[7]}\n{"vertexes":[{"digest":"c`);
    expect((await readSteps(path)).map(({ id }) => id)).toEqual(["a"]);
  });

  it("that is not there has none", async () => {
    expect(await readSteps(join(temporaryDirectory(), "nowhere.json"))).toEqual([]);
  });
});
