import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { runHandingOver } from "../../../src/build/steps/handover.ts";
import { type BuildRequest, plainRequest } from "../../../src/engines/build-request.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { heardPorts } from "../../helpers/heard-ports.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const lines = [
  { warnings: [{ short: base64("Doubtful.") }] },
  {
    vertexes: [
      { digest: "a", name: "x", started: "2026-01-01T00:00:01Z", completed: "2026-01-01T00:00:02Z" },
    ],
  },
];

/** Runs a build whose client writes its trace into a pipe, which can be read once. */
async function run(more: Partial<BuildRequest>) {
  const directory = temporaryDirectory();
  const [traceFile, text] = [join(directory, "trace"), join(directory, "text")];
  await execa("mkfifo", [traceFile]);
  writeFileSync(text, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const command = {
    program: "sh",
    arguments: ["-c", `(exec >/dev/null 2>&1; cat '${text}' >'${traceFile}') &`],
    env: {},
  };
  const engine = { title: "a test's", command: () => command } as unknown as Engine;
  const file = { directory, name: "project.toml" };
  const { heard, ports } = heardPorts();
  const request = { ...plainRequest, context: directory, file, traceFile, ...more };
  const { steps } = await runHandingOver(engine, request, ports);
  return { steps: steps.map(({ id }) => id), told: heard.told, isLeft: existsSync(traceFile) };
}

it("a trace is read once, for its warnings and its steps", { timeout: 20_000 }, async () => {
  expect(await run({ tellsSteps: true })).toEqual({
    steps: ["a"],
    told: ["warning: Doubtful."],
    isLeft: false,
  });
  expect(await run({})).toEqual({ steps: [], told: ["warning: Doubtful."], isLeft: false });
  expect(await run({ tellsSteps: true, progress: "quiet" })).toEqual({
    steps: ["a"],
    told: [],
    isLeft: false,
  });
});
