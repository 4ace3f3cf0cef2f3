import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWebServer } from "../../helpers/web-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { runBuild } from "../build-steps.ts";

let lab: Lab;
let app: string;

beforeAll(async () => {
  lab = await startLab();
  app = mkdtempSync(join(tmpdir(), "cnb-dockerfile-push-"));
  writeFileSync(join(app, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
});
afterAll(async () => {
  rmSync(app, { recursive: true, force: true });
  await lab.close();
});

/** What a registry answers to whoever wants to write. */
const refusals: [string, (response: ServerResponse) => unknown, number][] = [
  ["503", (response) => response.writeHead(503).end(), 75],
  ["429", (response) => response.writeHead(429).end('{"errors":[{"code":"TOOMANYREQUESTS"}]}'), 75],
  ["a connection that breaks", (response) => response.destroy(), 75],
  ["403", (response) => response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}'), 1],
];

// BuildKit's own words, of each engine's client; by unit tests, the words alone.
describe.each(["buildx", "buildkit", "daemonless"])("a push by %s", (engine) => {
  it.each(refusals)("that is answered with %s", async (_, refuse, exitCode) => {
    const address = await startWebServer(({ method = "", url = "" }, response) => {
      if (method === "GET" && /^\/v2\/?$/.test(url)) return void response.writeHead(200).end("{}");
      if (method === "GET" || method === "HEAD") return void response.writeHead(404).end();
      refuse(response);
    });
    const name = `${new URL(address).host}/shop/app:1`;
    const words = [
      `--engine=${engine}`,
      "--platform=linux/amd64",
      "--progress=plain",
      "--push",
      "-t",
      name,
      ".",
    ];
    const built = await runBuild(lab, app, words);
    expect(built.stderr).toContain("failed to push");
    expect(built.exitCode, built.stderr).toBe(exitCode);
  });
});
