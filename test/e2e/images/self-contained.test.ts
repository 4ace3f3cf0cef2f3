import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, generate } from "../steps.ts";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

it("builds for both platforms with a stock Node image and no image of ours", async () => {
  const words = ["--self-contained", "--node-image", lab.images.node, "--process-type=web"];
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builder, ...words]);
  const images = dockerfile
    .split("\n")
    .filter((line) => line.startsWith("FROM ") && line.includes(lab.registry))
    .map((line) => /(\S+?)(?:@\S+)? AS/.exec(line)?.[1]);
  expect(images).toEqual([lab.images.node, lab.images.builder, lab.images.runBase]);

  const name = `${lab.registry}/e2e/self-contained:1`;
  const platforms = ["linux/amd64", "linux/arm64"];
  await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms, name });
  for (const platform of platforms) {
    const { stdout, exitCode } = await lab.execute(name, platform, { env: { PORT: "80" } });
    expect({ stdout: stdout.trim(), exitCode }).toEqual({
      stdout: "web on 80, profile not sourced",
      exitCode: 0,
    });
  }
});
