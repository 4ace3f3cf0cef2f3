import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { runBuildOrThrow } from "../build-steps.ts";
import { digestOf, frontendBuild, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { edit } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Keeps its files another way than the lab's own, too. */
let other: SecondBuildkit;
let digests: readonly string[];

const digestsOf = (name: string) => Promise.all(platforms.map((platform) => digestOf(lab, name, platform)));

/** An index names its tag in what is attached, and these have different ones. */
const plainWords = ["--file=project.toml", "--build-arg=CNB_SBOM_ATTESTATIONS=false"];

beforeAll(async () => {
  lab = await startLab();
  other = await startSecondBuildkit(lab, { name: "second", snapshotter: "native" });
  app = copySampleApp("static-slices");
  writeDescriptor(lab, app.directory, "com.example.nodes");
  // The snapshotter copies an image once for each of its layers, and a builder has dozens.
  const builder = `${lab.registry}/e2e/frontend-nodes:builder`;
  await lab.crane(["flatten", lab.images.builder, `--tag=${builder}`]);
  edit(join(app.directory, "project.toml"), lab.images.builder, builder);
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  const name = `${lab.registry}/e2e/frontend-nodes:one`;
  await frontendBuild(lab, { context: app.directory, platforms, name, words: plainWords });
  digests = await digestsOf(name);
});
afterAll(async () => {
  await other.close();
  app.remove();
  await lab.close();
});

/** As a CI job does that knows nothing of the other one. Out: the digest that was pushed. */
async function pushByDigest(
  repository: string,
  platform: string,
  env: SecondBuildkit["environment"],
): Promise<string> {
  const metadata = join(app.directory, "..", "metadata.json");
  const output = `type=image,name=${repository},push-by-digest=true,name-canonical=true,push=true`;
  const words = ["build", ...plainWords, `--platform=${platform}`, `--metadata-file=${metadata}`];
  await lab.buildx([...words, `--output=${output}`, "."], { cwd: app.directory, env });
  return JSON.parse(readFileSync(metadata, "utf8"))["containerimage.digest"];
}

it("a platform each on two BuildKits, joined by `imagetools create`, are the images of the one command", async () => {
  const repository = `${lab.registry}/e2e/frontend-joined`;
  const [own = "", others = ""] = [
    await pushByDigest(repository, "linux/amd64", {}),
    await pushByDigest(repository, "linux/arm64", other.environment),
  ];
  const sources = [own, others].map((digest) => `${repository}@${digest}`);
  await lab.buildx(["imagetools", "create", `--tag=${repository}:joined`, ...sources]);
  expect(await digestsOf(`${repository}:joined`)).toEqual(digests);
});

it("so are those of one command on two nodes", async () => {
  const env = { ...other.environment, BUILDX_BUILDER: "two" };
  const create = ["create", "--name=two", "--driver=remote"];
  await lab.buildx([...create, "--platform=linux/amd64", lab.buildkitHost], { env });
  await lab.buildx([...create, "--append", "--platform=linux/arm64", other.address], { env });
  const name = `${lab.registry}/e2e/frontend-nodes:two`;
  await frontendBuild(lab, { context: app.directory, platforms, name, env, words: plainWords });
  expect(await digestsOf(name)).toEqual(digests);
  // Our command hands its image to each of them; the project needs no line for that.
  const own = `${lab.registry}/e2e/frontend-nodes:own`;
  const words = [
    "--no-sbom-attestations",
    "--engine=buildx",
    `--platform=${platforms.join(",")}`,
    "--progress=plain",
    "-t",
    own,
    "--push",
    ".",
  ];
  await runBuildOrThrow(lab, app.directory, words, env);
  expect(await digestsOf(own)).toEqual(digests);
});
