import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { configOf, predictedDigests } from "../frontend-steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let work: string;
const lines = '\n[[io.buildpacks.group]]\nid = "lab/procfile"\n';

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-early-epoch-"));
  mkdirSync(join(work, "app"));
  writeFileSync(join(work, "app", "Procfile"), "web: true\n");
  describeProject(lab, join(work, "app"), "com.example.early-epoch", lines);
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

describe("SOURCE_DATE_EPOCH=0", () => {
  it("is the time of the image, whose labels are true of its layers", async () => {
    const name = `${lab.registry}/e2e/early-epoch:1`;
    const words = ["--build-arg=SOURCE_DATE_EPOCH=0", `--tag=${name}`, "--push"];
    expect(await runBuildOrThrow(lab, join(work, "app"), words)).not.toContain("[frontend/early-epoch]");
    const config = await configOf(lab, name, platform);
    expect(config).toMatchObject({ created: "1970-01-01T00:00:00Z" });
    const predicted = predictedDigests(config);
    expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
  });

  it.each([
    ["a build argument", ["--build-arg=SOURCE_DATE_EPOCH=0"], {}],
    ["the environment", [], { SOURCE_DATE_EPOCH: "0" }],
  ])("by %s is refused where file times are to be set back to it", async (_, words, env) => {
    const output = `--output=type=oci,dest=${join(work, "image.tar")},rewrite-timestamp=true`;
    const { stderr, exitCode } = await runBuild(lab, join(work, "app"), [...words, output], env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[cli/early-epoch]");
  });
});
