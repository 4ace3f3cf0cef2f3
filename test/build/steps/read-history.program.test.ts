import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readHistory } from "../../../src/build/steps/read-history.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import { buildxHistoryCommand } from "../../../src/engines/clients/buildx.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const line = JSON.stringify({
  vertexes: [{ digest: "a", name: "x", started: "2026-01-01T00:00:01Z", completed: "2026-01-01T00:00:02Z" }],
});
const step = { id: "a", name: "x", inputs: [], outcome: "ran", ranMs: 1000 };

/** A buildx that prints the line to standard error, as it does, and ends with an exit code. */
function buildx(metadata: string, exitCode = 0) {
  const directory = temporaryDirectory();
  const [program, words, metadataFile] = ["buildx", "words", "metadata.json"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  writeFileSync(program, `#!/bin/sh\necho "$@" >'${words}'\necho '${line}' >&2\nexit ${exitCode}\n`);
  chmodSync(program, 0o755);
  writeFileSync(metadataFile, metadata);
  const history = (reference: string) => ({
    ...buildxHistoryCommand(["docker-buildx"], "lab", reference),
    program,
  });
  const request = { metadataFile, tellsSteps: true } as BuildRequest;
  return { engine: { history } as Engine, request, words: () => readFileSync(words, "utf8").trim() };
}

it("buildx is asked for the build's history by the id that its metadata has", async () => {
  const { engine, request, words } = buildx('{"buildx.build.ref":"lab/lab0/1a2b3c"}');
  expect(await readHistory(engine, request)).toEqual([step]);
  expect(words()).toBe("history logs --builder=lab --progress=rawjson -- 1a2b3c");
  expect(buildxHistoryCommand(["docker", "buildx"], undefined, "1a2b3c").arguments).toEqual(
    "buildx history logs --progress=rawjson -- 1a2b3c".split(" "),
  );
});

it("nothing is known of a build that buildx gave no name, or where it keeps no history", async () => {
  for (const metadata of ["{}", "{", '{"buildx.build.ref":7}']) {
    const { engine, request } = buildx(metadata);
    expect(await readHistory(engine, request)).toEqual([]);
  }
  const { engine, request } = buildx('{"buildx.build.ref":"lab/lab0/1a2b3c"}', 1);
  expect(await readHistory(engine, request)).toEqual([]);
  expect(await readHistory(engine, { ...request, metadataFile: "/nowhere/metadata.json" })).toEqual([]);
});

it("nobody is asked where nobody wants to know, or where there is no history", async () => {
  const { engine, request, words } = buildx('{"buildx.build.ref":"lab/lab0/1a2b3c"}');
  expect(await readHistory(engine, { ...request, tellsSteps: false })).toEqual([]);
  expect(await readHistory({} as Engine, request)).toEqual([]);
  expect(words).toThrow("ENOENT");
});
