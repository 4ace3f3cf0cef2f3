import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reportUncheckedPolicy } from "../../../src/build/engine/report-policy.ts";
import type { WhatToBuild } from "../../../src/build/file/what-to-build.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf } from "../../helpers/errors.ts";

/** Codes and places of the warnings. In: the engine, where the policy lies, and where the file is built from. */
function warnings(
  name: Engine["name"],
  policy: string | undefined,
  { built = ".", handsLayout = false } = {},
): readonly string[] {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "apps"));
  if (policy !== undefined) writeFileSync(join(directory, policy), "package docker\n");
  const file = { directory: join(directory, built), name: "project.toml" };
  const what: WhatToBuild = { kind: "project", text: "", file, shown: "project.toml" };
  const found: Diagnostic[] = [];
  const engine = { name, title: name } as Engine;
  reportUncheckedPolicy(engine, { directory, what, handsLayout }, (one) => found.push(one));
  return found.map(({ code, location }) => `${code} ${location?.file}`);
}

const warned = ["engines/policy-not-checked project.toml.rego"];

it.each(["buildkit", "daemonless"] as const)("%s checks no policy, which a warning says", (name) => {
  expect(warnings(name, "project.toml.rego")).toEqual(warned);
  expect(warnings(name, undefined)).toEqual([]);
  expect(warnings(name, "other.toml.rego")).toEqual([]);
});

it("buildx checks the one beside the file that it is given", () => {
  expect(warnings("buildx", "project.toml.rego")).toEqual([]);
  expect(warnings("buildx", "project.toml.rego", { built: "apps" })).toEqual(warned);
});

it("buildx with one cannot be given the helper image as an OCI layout, which an error says", () => {
  const run = () => warnings("buildx", "project.toml.rego", { handsLayout: true });
  expect(codesOf(run)).toEqual(["engines/policy-and-layout"]);
  expect(warnings("buildx", undefined, { handsLayout: true })).toEqual([]);
});
