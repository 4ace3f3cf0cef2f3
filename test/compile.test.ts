import toml from "@iarna/toml";
import { expect, it } from "vitest";
import {
  compileLarge,
  type LargeProject,
  longGroup,
  manyGroups,
  manyVariables,
} from "./helpers/large-projects.ts";
import { readByRules } from "./helpers/read-by-rules.ts";

/** The file that the Dockerfile writes at `path`. */
async function fileOf(project: LargeProject, path: string): Promise<string> {
  const { files } = await compileLarge(project);
  const found = readByRules(files.dockerfile).find(({ rest }) => rest.endsWith(` ${path}`));
  if (found?.heredoc === undefined) throw new Error(`no ${path} in the Dockerfile`);
  return found.heredoc;
}

const named = (index: number) => ({ id: `large/${String(index).padStart(4, "0")}`, version: "1.0.0" });
const thousand = Array.from({ length: 1000 }, (_, index) => named(index));

it("a group of 1,000 buildpacks is an order of one group with all of them, in their order", async () => {
  const order = toml.parse(await fileOf(longGroup(1000), "/cnb/order.toml"));
  expect(order).toEqual({ order: [{ group: thousand }] });
});

it("a builder's 1,000 groups each get what goes before and after them", async () => {
  const order = toml.parse(await fileOf(manyGroups(1000), "/cnb/order.toml"));
  expect(order).toEqual({ order: thousand.map((own) => ({ group: [named(0), own, named(1)] })) });
});

it("10,000 build-time variables are 10,000 files, each with its value", async () => {
  const files: unknown = JSON.parse(await fileOf(manyVariables(10_000), "/cnb-dockerfile/files.json"));
  const expected = Array.from({ length: 10_000 }, (_, index) => ({
    path: `/platform/env/V_${index}`,
    mode: "0644",
    content: `value ${index}`,
  }));
  expect(files).toEqual(expected);
});
