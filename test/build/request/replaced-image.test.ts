import { describe, expect, it } from "vitest";
import { withReplacedImage } from "../../../src/build/request/replaced-image.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import type { BuildOutput } from "../../../src/engines/outputs/build-output.ts";
import { absent } from "../../helpers/absent.ts";

const pushed: BuildOutput = { type: "image", attributes: { push: "true" } };
const registry: BuildOutput = {
  type: "registry",
  attributes: { name: "registry.example/other:1,registry.example/third" },
};
const file: BuildOutput = { type: "oci", attributes: {}, destination: `${absent}/app.tar` };

const request = (more: Partial<BuildRequest> = {}) =>
  ({
    tags: ["registry.example/app:latest"],
    buildArguments: [],
    noCache: false,
    ...more,
  }) as unknown as BuildRequest;
const replaced = (...given: Parameters<typeof withReplacedImage>) =>
  withReplacedImage(...given).buildArguments.find(({ name }) => name === "CNB_DOCKERFILE_REPLACED_IMAGE")
    ?.value;

describe("the image that a build replaces", () => {
  it("is the one that is pushed", () => {
    expect(replaced(request(), [pushed], "project")).toBe("registry.example/app:latest");
    expect(replaced(request(), [file, registry], "project")).toBe("registry.example/other:1");
  });

  it.each<readonly [string, Parameters<typeof withReplacedImage>]>([
    ["nothing is pushed", [request(), [file], "project"]],
    ["the cache is to be ignored", [request({ noCache: true }), [pushed], "project"]],
    [
      "a previous image is named",
      [request({ buildArguments: [{ name: "CNB_PREVIOUS_IMAGE", value: "x" }] }), [pushed], "project"],
    ],
    ["a Dockerfile is built", [request(), [pushed], "generated"]],
  ])("is not asked for where %s", (_, given) => {
    expect(replaced(...given)).toBeUndefined();
  });
});
