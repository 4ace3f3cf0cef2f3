import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/start.ts";
import { copySampleApp } from "../workspace.ts";
import { digestOf, frontendBuild, isWork, ranSteps, writeDescriptor } from "./frontend-steps.ts";

const platforms = ["linux/amd64"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("node-web");
  writeDescriptor(lab, app.directory, "com.example.frontend-cache");
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

describe("a second build", () => {
  const name = () => `${lab.registry}/e2e/frontend-cache:1`;
  const build = () => frontendBuild(lab, { context: app.directory, platforms, name: name() });

  beforeAll(build);

  it("of the same source runs nothing", async () => {
    const before = await digestOf(lab, name());
    expect(ranSteps(await build()).filter(isWork)).toEqual([]);
    expect(await digestOf(lab, name())).toBe(before);
  });

  it("of a changed source copies, hashes and pushes the app's layer alone", async () => {
    writeFileSync(join(app.directory, "worker.js"), `console.log(${Date.now()});\n`);
    const seen = (await lab.registryRequests()).length;
    const ran = ranSteps(await build());
    expect(ran.filter((title) => /\] (layer|digest): /.test(title))).toEqual([
      "[linux/amd64] layer: Application Layer",
      "[linux/amd64] digest: Application Layer",
    ]);
    const uploads = (await lab.registryRequests())
      .slice(seen)
      .filter(({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"));
    // The layer and the config.
    expect(uploads).toHaveLength(2);
  });
});
