import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { olderBuildkits } from "../../lab/tool-list.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, digestOf, oddGroup, predictedDigests, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let digests: readonly string[];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  writeDescriptor(lab, app.directory, "com.example.older-buildkits", oddGroup);
  // A source that the lab's BuildKit has not seen either.
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  digests = await build("own", {});
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

const nameOf = (tag: string) => `${lab.registry}/e2e/older-buildkits:${tag}`;

/** Out: the digest of each platform's manifest. What a BuildKit calls its layers by itself changed over time. */
async function build(tag: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const output = `--output=type=image,name=${nameOf(tag)},push=true,oci-mediatypes=true`;
  const words = ["build", "--file=project.toml", `--platform=${platforms.join(",")}`, "--provenance=false"];
  await lab.buildx([...words, output, "."], { cwd: app.directory, env });
  return Promise.all(platforms.map((platform) => digestOf(lab, nameOf(tag), platform)));
}

describe.each(olderBuildkits)("BuildKit $version", ({ name, version }) => {
  let older: SecondBuildkit;

  beforeAll(async () => {
    older = await startSecondBuildkit(lab, { name, program: name });
  });
  afterAll(() => older.close());

  it("is the one that is asked", async () => {
    const { stdout } = await lab.buildctl(["--addr", older.address, "debug", "info"]);
    expect(stdout).toContain(version);
  });

  it("makes the images that the newest makes, whose labels hold true digests", async () => {
    expect(await build(version, older.environment)).toEqual(digests);
    const config = await configOf(lab, nameOf(version), "linux/amd64");
    const predicted = predictedDigests(config);
    expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
  });

  it("makes the same layers of a generated Dockerfile by itself", async () => {
    const dockerfile = await generate(app.directory, []);
    const request = { directory: app.directory, dockerfile, platforms: ["linux/amd64"] };
    const [own, others] = [nameOf("generated-own"), nameOf(`generated-${version}`)];
    await buildOrThrow(lab, { ...request, name: own });
    await buildOrThrow(lab, { ...request, name: others, env: older.environment });
    const [expected, found] = await Promise.all(
      [own, others].map((name) => configOf(lab, name, "linux/amd64")),
    );
    expect(found?.rootfs).toEqual(expected?.rootfs);
  });
});
