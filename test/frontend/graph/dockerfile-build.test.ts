import { expect, it } from "vitest";
import { buildStage } from "../../../frontend/graph/dockerfile-build.ts";
import { file } from "../../../frontend/graph/llb.ts";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { connected, frontendOptions, usualDockerfile } from "../../helpers/frontend.ts";

/** What BuildKit's own Dockerfile frontend is told. */
async function toldOptions(isGenerated: boolean): Promise<Readonly<Record<string, string>>> {
  const { fake, gateway } = connected({ solve: () => ({ result: { case: "ref", value: { id: "built" } } }) });
  const values = {
    "build-arg:TAG": "1",
    "build-arg:BUILDKIT_SYNTAX": "acme/frontend",
    "build-arg:BUILDKIT_MULTI_PLATFORM": "1",
    "label:team": "shop",
  };
  await buildStage(
    gateway,
    {
      recipe: {
        dockerfile: readDockerfile(usualDockerfile),
        app: readGenerated("Dockerfile", readDockerfile(usualDockerfile)).app,
        isGenerated,
      },
      project: {},
      options: frontendOptions(values),
      namedContexts: {},
      own: file("/own", "own", "our own image"),
      platforms: [{ os: "linux", architecture: "amd64" }],
      selfEmulated: new Map(),
      asIndex: false,
    },
    { target: "build", assembled: false },
  );
  return fake.solved[0]?.frontendOpt ?? {};
}

const always = {
  "label:team": "shop",
  cmdline: "dockerfile.v0",
  filename: "Dockerfile",
  target: "build",
  platform: "linux/amd64",
  "multi-platform": "false",
};

it("a compiled Dockerfile is built without build arguments: they stand in it as variables", async () => {
  expect(await toldOptions(false)).toEqual(always);
});

it("a Dockerfile that people may have changed gets theirs", async () => {
  expect(await toldOptions(true)).toEqual({ ...always, "build-arg:TAG": "1" });
});
