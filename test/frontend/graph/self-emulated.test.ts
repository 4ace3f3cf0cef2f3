import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { PongResponseSchema } from "../../../frontend/generated/gateway_pb.js";
import { buildStage } from "../../../frontend/graph/dockerfile-build.ts";
import { definitionFor, file } from "../../../frontend/graph/llb.ts";
import { findSelfEmulated } from "../../../frontend/graph/self-emulated.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { formatPlatform, type Platform } from "../../../src/image/platform.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { connected, frontendOptions, usualDockerfile } from "../../helpers/frontend.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };
const s390x = { os: "linux", architecture: "s390x" };

/** What is found for these targets where BuildKit lists those platforms. */
async function found(targets: readonly Platform[], listed: readonly Platform[], hasImage = true) {
  const { fake, gateway } = connected({
    solve: () => {
      if (!hasImage) throw new ConnectError("no match for platform in manifest", Code.Unknown);
      const def = definitionFor(file("/own", "own", "our image"));
      return { result: { case: "ref", value: { id: "own", def } } };
    },
  });
  const workers = [{ platforms: listed.map((one) => ({ variant: "", ...one })) }];
  const pong = create(PongResponseSchema, { workers });
  const contexts = new NamedContexts(gateway, frontendOptions({ source: "acme/own:1" }));
  const said: Diagnostic[] = [];
  const images = await findSelfEmulated(targets, pong, contexts, (diagnostic) => said.push(diagnostic));
  return { names: [...images.keys()], said: said.map(({ code }) => code), asked: fake.solved };
}

it.each([
  [[amd64, arm64], [amd64, arm64], []],
  [[amd64, { ...amd64, variant: "v4" }], [amd64], []],
  // It says nothing of its platforms.
  [[amd64, arm64], [], []],
  [[amd64, arm64, s390x], [amd64], ["linux/arm64", "linux/s390x"]],
])("of %j, where BuildKit lists %j, it emulates %j by itself", async (targets, listed, expected) => {
  const { names, said, asked } = await found(targets, listed);
  expect(names).toEqual(expected);
  expect(said).toEqual(expected.map(() => "frontend/self-emulated"));
  expect(asked.map(({ frontendOpt }) => frontendOpt.platform)).toEqual(expected);
});

it("a platform for which there is no helper image cannot be built", async () => {
  const { faults } = await faultsOfAsync(found([arm64], [amd64], false));
  expect(faults).toMatchObject([{ code: "frontend/no-emulation", location: { file: "--platform" } }]);
});

it("such a platform is built by itself, as the one that builds, with the helper image of its own", async () => {
  const { fake, gateway } = connected({
    solve: ({ frontendOpt }) => {
      const names = (frontendOpt.platform ?? "").split(",");
      const listed = names.map((name) => ({ ID: name, Platform: { architecture: name.split("/")[1] } }));
      return {
        result: {
          case: "refs",
          value: {
            refs: Object.fromEntries(
              names.map((name) => [name, { id: name, def: definitionFor(undefined) }]),
            ),
          },
        },
        metadata: { "refs.platforms": Buffer.from(JSON.stringify({ Platforms: listed })) },
      };
    },
  });
  const targets = [amd64, arm64, s390x];
  const images = [arm64, s390x].map((platform) => {
    const name = formatPlatform(platform);
    return [name, file("/own", name, "our image")] as const;
  });
  const { result, metadata } = await buildStage(
    gateway,
    {
      recipe: {
        dockerfile: readDockerfile(usualDockerfile),
        app: readGenerated("Dockerfile", readDockerfile(usualDockerfile)).app,
        isGenerated: false,
      },
      project: {},
      options: frontendOptions(),
      namedContexts: {},
      own: file("/own", "linux/amd64", "our image"),
      platforms: targets,
      selfEmulated: new Map(images),
      asIndex: true,
    },
    { target: "export", assembled: true },
  );

  const asked = fake.solved.map(({ frontendOpt, frontendInputs }) => ({
    platform: frontendOpt.platform,
    builds: frontendOpt["build-arg:BUILDPLATFORM"],
    own: frontendInputs.own,
  }));
  expect(asked).toEqual([
    {
      platform: "linux/amd64",
      builds: undefined,
      own: definitionFor(file("/own", "linux/amd64", "our image")),
    },
    ...images.map(([name, image]) => ({ platform: name, builds: name, own: definitionFor(image) })),
  ]);
  expect(result.case === "refs" && Object.keys(result.value.refs)).toEqual(targets.map(formatPlatform));
  const { Platforms: platforms } = JSON.parse(Buffer.from(metadata["refs.platforms"] ?? []).toString());
  expect(platforms.map(({ ID }: { ID: string }) => ID)).toEqual(targets.map(formatPlatform));
});
