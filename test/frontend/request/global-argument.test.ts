import { expect, it } from "vitest";
import { definitionFor } from "../../../frontend/graph/llb.ts";
import { globalArgument } from "../../../frontend/request/global-argument.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const options = frontendOptions({
  "build-arg:LEVEL": "high",
  "build-arg:BUILDKIT_SYNTAX": "x",
  target: "app",
});
const platform = { os: "linux", architecture: "arm64" };

it("is what BuildKit says of a stage below the Dockerfile, with the build arguments that there are", async () => {
  const { fake, gateway } = connected({ dockerfileGate: "low" });
  const dockerfile = readDockerfile("ARG CNB_FAIL_ON=$LEVEL\nFROM scratch");
  expect(await globalArgument(gateway, { dockerfile, name: "CNB_FAIL_ON", options, platform })).toBe("low");
  const [asked] = fake.solved;
  expect(asked?.frontendOpt).toEqual({
    requestid: "frontend.outline",
    cmdline: "dockerfile.v0",
    filename: "Dockerfile",
    target: "cnb-dockerfile-asked",
    platform: "linux/arm64",
    "build-arg:LEVEL": "high",
  });
  const [file] = operationsOf(asked?.frontendInputs.dockerfile ?? definitionFor(undefined));
  const text = JSON.stringify(file, (_, value) =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString()
      : typeof value === "bigint"
        ? Number(value)
        : value,
  );
  expect(text).toContain(
    JSON.stringify(`${dockerfile.text}\nFROM scratch AS cnb-dockerfile-asked\nARG CNB_FAIL_ON\n`).slice(
      1,
      -1,
    ),
  );
});

it("is not made up where BuildKit says nothing", async () => {
  const { gateway } = connected({ solve: () => ({ metadata: { "result.json": Buffer.from("{}") } }) });
  const question = { dockerfile: readDockerfile("FROM scratch"), name: "CNB_FAIL_ON", options, platform };
  await expect(globalArgument(gateway, question)).rejects.toThrow(/outline says nothing of CNB_FAIL_ON/);
});
