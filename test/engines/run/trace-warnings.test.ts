import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTrace } from "../../../src/engines/run/read-trace.ts";
import { WarningReader } from "../../../src/engines/run/trace-warnings.ts";

const directory = mkdtempSync(join(tmpdir(), "cnb-trace-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function readWarnings(path: string) {
  const reader = new WarningReader();
  await readTrace(path, [reader]);
  return reader.warnings();
}

describe("the warnings in a trace", () => {
  it("are read once each, with their lines, and nothing else is", async () => {
    const warning = {
      ...{ vertex: "", level: 1, short: base64("Doubtful é [plan/x]"), detail: [base64("Do this.")] },
      sourceInfo: { filename: "project.toml", data: base64("a\nb\n") },
      range: [{ start: { line: 2, character: 4 }, end: { line: 2, character: 4 } }],
    };
    const log = { logs: [{ data: base64('{"warnings":[]}') }] };
    const bare = {
      warnings: [{ short: base64("another frontend's"), detail: null, sourceInfo: null, range: null }],
    };
    const lines = [log, { warnings: [warning, warning] }, bare, { warnings: [7] }].map((one) =>
      JSON.stringify(one),
    );
    const path = join(directory, "trace.json");
    writeFileSync(path, `${lines.join("\n")}\n{"warnings":[{"short":"cut`);
    expect(await readWarnings(path)).toEqual([
      {
        short: "Doubtful é [plan/x]",
        detail: ["Do this."],
        place: { file: "project.toml", line: 2, column: 5 },
      },
      { short: "another frontend's", detail: [] },
    ]);
  });

  it("are none where there is no trace", async () => {
    expect(await readWarnings(join(directory, "nowhere.json"))).toEqual([]);
  });
});
