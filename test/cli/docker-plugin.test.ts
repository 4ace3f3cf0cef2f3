import { expect, it } from "vitest";
import { pluginCall, pluginMetadata } from "../../src/cli/docker-plugin.ts";
import { version } from "../../src/version.ts";
import { faultsOf } from "../helpers/errors.ts";

it("tells docker what it is", () => {
  expect(JSON.parse(pluginMetadata())).toMatchObject({ SchemaVersion: "0.1.0", Version: `v${version}` });
});

it.each([
  ["cnb build .", "build .", {}],
  ["build --tag cnb .", "build --tag cnb .", {}],
  ["--version", "--version", {}],
  ["", "", {}],
  ["--context far cnb plan", "plan", { DOCKER_CONTEXT: "far", DOCKER_HOST: "" }],
  ["--context default cnb plan", "plan", { DOCKER_CONTEXT: "default" }],
  ["-cfar cnb plan", "plan", { DOCKER_CONTEXT: "far", DOCKER_HOST: "" }],
  ["-c=far cnb plan", "plan", { DOCKER_CONTEXT: "far", DOCKER_HOST: "" }],
  ["-Htcp://x:1 cnb plan", "plan", { DOCKER_HOST: "tcp://x:1" }],
  ["-H=tcp://x:1 cnb plan", "plan", { DOCKER_HOST: "tcp://x:1" }],
  ["--config=/a=b cnb plan", "plan", { DOCKER_CONFIG: "/a=b" }],
  ["--log-level debug cnb plan", "plan", {}],
  ["--log-level=debug -l error -D --debug=false cnb plan", "plan", {}],
  ["--log-level debug plan", "--log-level debug plan", {}],
  ["--host=tcp://x:1 -D cnb plan", "plan", { DOCKER_HOST: "tcp://x:1" }],
  ["-c cnb cnb plan", "plan", { DOCKER_CONTEXT: "cnb", DOCKER_HOST: "" }],
  ["check cnb", "check cnb", {}],
  ["build -t cnb cnb", "build -t cnb cnb", {}],
])("reads %j as %j", (text, words, env) => {
  const said = text.split(" ").filter((word) => word !== "");
  expect(pluginCall(said)).toEqual({ words: words.split(" ").filter((word) => word !== ""), env });
});

it("refuses a flag of docker that nothing here stands for", () => {
  expect(faultsOf(() => pluginCall(["--tlsverify", "cnb", "build"]))).toMatchObject([
    { code: "cli/docker-flag", message: expect.stringContaining("--tlsverify") },
  ]);
});
