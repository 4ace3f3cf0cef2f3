import { readFileSync } from "node:fs";
import { execa } from "execa";
import { expect, it } from "vitest";
import { buildxHelpFile, flagLines } from "../../helpers/buildx-help.ts";
import { labTools } from "../../lab/tool-list.ts";
import { makeTools, toolPath } from "../../lab/tools.ts";

it("the flags of buildx that unit tests know are those of the buildx that the lab pins", async () => {
  const buildx = labTools.find(({ name }) => name === "docker-buildx");
  if (buildx === undefined) throw new Error("the lab has no buildx");
  await makeTools([buildx]);
  const { stdout } = await execa(toolPath(buildx), ["build", "--help"]);
  expect(flagLines(stdout)).toBe(readFileSync(buildxHelpFile, "utf8"));
});
