import { describe, expect, it } from "vitest";
import {
  cachedDownloads,
  downloadsText,
  finalOf,
  refusals,
} from "../../../src/build/downloads/told-downloads.ts";
import type { TracedEnding } from "../../../src/build/steps/handover.ts";
import { plainRequest } from "../../../src/engines/build-request.ts";
import type { Engine } from "../../../src/engines/engine.ts";

const engine: Engine = {
  ...{ name: "buildkit", title: "an engine", versions: [], store: { kind: "none" }, openHosts: [] },
  ...{ platforms: [{ os: "linux", architecture: "amd64" }], nativePlatforms: [], isLimited: false },
  command: () => ({ program: "", arguments: [], env: {} }),
};
const request = { ...plainRequest, context: "/app", file: { directory: "/app", name: "project.toml" } };
const phase = (outcome: "ran" | "cached") => ({
  ...{ id: "1", name: '[build 1/1] RUN ["/cnb/lifecycle/builder"]', inputs: ["0"], outcome, ranMs: 1 },
});
const refused = {
  ...{ step: "1", method: "GET", status: 502 },
  url: "http://127.0.0.1:0/not-allowed/https://a.example:443/x",
};
const ending = (more: Partial<TracedEnding>): TracedEnding => ({
  ...{ exitCode: 1, isInterrupted: false, isTemporary: false, steps: [] },
  downloads: [{ steps: [phase("ran")], requests: [refused], materials: [] }],
  ...more,
});

describe("refusals", () => {
  const message = (more: Partial<TracedEnding>) =>
    refusals(engine, request, ending(more), "list.json").map(
      (one) => `${one.severity}: ${one.message} [${one.code}]`,
    );
  const failure = (names: string) =>
    `error: The phase build failed on linux/amd64 with exit code 51: a buildpack failed, ${names}. [frontend/phase-failed]`;

  it("name the URL, the buildpack that failed and the list", () => {
    expect(message({ lastWord: failure("acme/node@1.2") })).toEqual([
      "error: The buildpack acme/node@1.2 on linux/amd64 requested https://a.example/x, which list.json does not contain. [cli/download-refused]",
    ]);
    expect(message({ lastWord: failure("one of acme/a@1, acme/b@2") })).toEqual([
      "error: One of the buildpacks acme/a@1, acme/b@2 on linux/amd64 requested https://a.example/x, which list.json does not contain. [cli/download-refused]",
    ]);
  });

  it("name no buildpack where the client does not say, as on a terminal", () => {
    expect(message({})).toEqual([
      "error: A build step on linux/amd64 requested https://a.example/x, which list.json does not contain. [cli/download-refused]",
    ]);
  });

  it("are warnings of a build that went on", () => {
    expect(message({ exitCode: 0 })).toEqual([
      "warning: A build step on linux/amd64 requested https://a.example/x, which list.json does not contain. The build went on without it. [cli/download-left-out]",
    ]);
  });

  it("name a source that is no step's by BuildKit's message", () => {
    const lastWord =
      'error: failed to solve: Get "http://127.0.0.1:0/not-allowed/https://b.example/y": dial tcp';
    expect(message({ lastWord, downloads: [] })).toEqual([
      "error: A build step requested https://b.example/y, which list.json does not contain. [cli/download-refused]",
    ]);
  });

  it("make a failure final, which BuildKit takes for a server that is down", () => {
    const down = ending({ isTemporary: true });
    expect(finalOf(down, refusals(engine, request, down, "list.json")).isTemporary).toBe(false);
    expect(finalOf(down, []).isTemporary).toBe(true);
  });

  it("are none where everything is allowed", () => {
    expect(refusals(engine, request, ending({}), undefined)).toEqual([]);
  });
});

it("a list of a build whose build phase was cached is said to lack downloads", () => {
  const runs = (outcome: "ran" | "cached") => [{ steps: [phase(outcome)], requests: [], materials: [] }];
  expect(cachedDownloads(runs("cached"), "list.json")).toMatchObject([{ code: "cli/downloads-cached" }]);
  expect(cachedDownloads(runs("ran"), "list.json")).toEqual([]);
  // The image is made after its artifacts, of the same steps.
  expect(cachedDownloads([...runs("ran"), ...runs("cached")], "list.json")).toEqual([]);
  expect(JSON.parse(downloadsText(engine, request, runs("cached")))).toEqual({ downloads: [] });
});
