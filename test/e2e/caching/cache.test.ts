import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platforms = ["linux/amd64"];
const descriptor = '[_]\nschema-version = "0.2"\n\n[[io.buildpacks.group]]\nid = "lab/store"\n';
let lab: Lab;
const apps = [copySampleApp("procfile"), copySampleApp("procfile")];

beforeAll(async () => {
  lab = await startLab();
  for (const { directory } of apps) writeFileSync(join(directory, "project.toml"), descriptor);
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

it("never gives one app the cache of another with the same project.toml", async () => {
  const counts: string[] = [];
  const dockerfiles: string[] = [];
  for (const { directory } of apps)
    dockerfiles.push(await generate(directory, ["--builder", lab.images.builder]));
  for (const round of [1, 2]) {
    for (const [index, { directory }] of apps.entries()) {
      writeFileSync(join(directory, "source.txt"), `${index} ${round} ${Date.now()}`);
      const log = await buildOrThrow(lab, { directory, dockerfile: dockerfiles[index] ?? "", platforms });
      counts.push(/build (\d+) by the cached layer/.exec(log)?.[1] ?? "none");
    }
  }
  expect(counts).toEqual(["1", "1", "2", "2"]);
});

it("restores launch layers at a Platform API whose restorer wants a previous image for them", async () => {
  const app = copySampleApp("procfile");
  try {
    writeFileSync(join(app.directory, "project.toml"), descriptor);
    const words = [
      "--builder",
      lab.images.builder,
      "--platform-api=0.13",
      `--cache-id=e2e-013-${Date.now()}`,
    ];
    const dockerfile = await generate(app.directory, words);
    const counts: (string | undefined)[] = [];
    for (const round of [1, 2]) {
      writeFileSync(join(app.directory, "source.txt"), `${round} ${Date.now()}`);
      const log = await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms });
      counts.push(/build (\d+) by the cached layer/.exec(log)?.[1]);
    }
    expect(counts).toEqual(["1", "2"]);
  } finally {
    app.remove();
  }
});

it("hands out the cache as files, in the lifecycle's own format", async () => {
  const [app] = apps;
  if (app === undefined) throw new Error("no app");
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builder]);
  const output = mkdtempSync(join(tmpdir(), "cnb-dockerfile-cache-"));
  try {
    await buildOrThrow(lab, {
      directory: app.directory,
      dockerfile,
      platforms,
      words: ["--target=cache", `--output=type=local,dest=${output}`],
    });
    const names = readdirSync(join(output, "committed"));
    const metadata = JSON.parse(
      readFileSync(join(output, "committed", "io.buildpacks.lifecycle.cache.metadata"), "utf8"),
    );
    const { sha } = metadata.buildpacks[0].layers.counter;
    expect(metadata.buildpacks[0].key).toBe("lab/store");
    expect(names).toContain(`${sha}.tar`);
    expect(existsSync(join(output, "staging"))).toBe(false);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});
