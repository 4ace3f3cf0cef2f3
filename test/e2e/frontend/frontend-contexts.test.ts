import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, frontendBuild, predictedDigests } from "../frontend-steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
/** In no registry, so that nothing but a context can give it. */
const builder = "builder.invalid/acme/builder:1";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let layout: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  layout = mkdtempSync(join(tmpdir(), "cnb-dockerfile-layout-"));
  await lab.crane(["pull", "--format=oci", lab.images.runBasePatched, layout]);
  writeFileSync(
    join(app.directory, "project.toml"),
    `# syntax=${inject("toolImage")}\n[_]\nschema-version = "0.2"\nid = "contexts"\n\n[io.buildpacks]\nbuilder = "${builder}"\n`,
  );
});
afterAll(async () => {
  app.remove();
  rmSync(layout, { recursive: true, force: true });
  await lab.close();
});

const withBuilder = () => `--build-context=${builder}=docker-image://${lab.images.builder}`;
const build = (tag: string, words: readonly string[]) =>
  frontendBuild(lab, {
    context: app.directory,
    platforms,
    name: `${lab.registry}/e2e/frontend-contexts:${tag}`,
    words: ["--file=project.toml", withBuilder(), ...words],
  });

describe("a named context takes the place of", () => {
  it.each([
    ["the run image, by another image", () => `docker-image://${lab.images.runBasePatched}`],
    ["the run image, by an OCI layout", async () => `oci-layout://${layout}@${await layoutDigest()}`],
  ])("the builder, and %s", async (_, value) => {
    await build("replaced", [`--build-context=${lab.images.runBase}=${await value()}`]);
    const name = `${lab.registry}/e2e/frontend-contexts:replaced`;
    for (const platform of platforms) {
      const config = await configOf(lab, name, platform);
      const patched = await configOf(lab, lab.images.runBasePatched, platform);
      const below = patched.rootfs.diff_ids;
      expect(config.rootfs.diff_ids.slice(0, below.length)).toEqual(below);
      const predicted = predictedDigests(config);
      expect(config.rootfs.diff_ids.slice(below.length - 1)).toEqual(predicted);
      expect(config.history.filter(({ empty_layer: empty }) => !empty)).toHaveLength(
        config.rootfs.diff_ids.length,
      );
    }
  });
});

it("a named context that replaces nothing is said", async () => {
  const log = await build("unused", ["--build-context=acme/other=docker-image://acme/other"]);
  expect(log).toContain("The context acme/other has no effect: the build has no image of that name.");
});

it("a named context cannot take the place of a stage", async () => {
  await expect(build("stage", ["--build-context=detect=docker-image://acme/other"])).rejects.toThrow(
    "The context detect would replace the stage of that name.",
  );
});

async function layoutDigest(): Promise<string> {
  return (await lab.crane(["digest", lab.images.runBasePatched])).stdout.trim();
}
