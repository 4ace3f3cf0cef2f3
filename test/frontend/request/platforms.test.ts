import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { PongResponseSchema } from "../../../frontend/generated/gateway_pb.js";
import { readPlatforms } from "../../../frontend/request/platforms.ts";
import { formatPlatform } from "../../../src/image/platform.ts";
import { codesOf } from "../../helpers/errors.ts";
import { usualPong } from "../../helpers/fake-buildkit.ts";
import { frontendOptions } from "../../helpers/frontend.ts";

function platformsOf(values: Readonly<Record<string, string>>, pong = usualPong) {
  const { targets, own, asIndex } = readPlatforms(frontendOptions(values), create(PongResponseSchema, pong));
  return { targets: targets.map(formatPlatform), own: formatPlatform(own), asIndex };
}

it("builds for the machine that builds where no platform is named", () => {
  const workers = [{ platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }] }];
  expect(platformsOf({}, { workers })).toMatchObject({ targets: ["linux/arm64"], asIndex: false });
});

it("takes each named platform once, in the order in which they are named", () => {
  const { targets } = platformsOf({ platform: "linux/arm64,linux/amd64,linux/arm64" });
  expect(targets).toEqual(["linux/arm64", "linux/amd64"]);
});

it.each([
  [{ platform: "linux/amd64" }, false],
  [{ platform: "linux/amd64,linux/arm64" }, true],
  [{ platform: "linux/amd64", "multi-platform": "true" }, true],
  [{ platform: "linux/amd64", "build-arg:BUILDKIT_MULTI_PLATFORM": "1" }, true],
  [{ platform: "linux/amd64", "build-arg:BUILDKIT_MULTI_PLATFORM": "0", "multi-platform": "true" }, false],
])("makes an index of %j: %s", (values, asIndex) => {
  expect(platformsOf(values).asIndex).toBe(asIndex);
});

it.each(["build-arg:BUILDKIT_MULTI_PLATFORM", "multi-platform"])(
  "refuses %s that is neither on nor off",
  (name) => {
    expect(codesOf(() => platformsOf({ [name]: "maybe" }))).toEqual(["cli/build-arg-not-boolean"]);
  },
);

it.each(["build-arg:BUILDKIT_MULTI_PLATFORM", "multi-platform"])(
  "refuses to leave one of several platforms out for %s",
  (name) => {
    const values = { platform: "linux/amd64,linux/arm64", [name]: "false" };
    expect(codesOf(() => platformsOf(values))).toEqual(["frontend/platforms-without-index"]);
  },
);

it("refuses what is no platform", () => {
  expect(codesOf(() => platformsOf({ platform: "linux amd64" }))).toEqual(["cli/bad-platform"]);
});
