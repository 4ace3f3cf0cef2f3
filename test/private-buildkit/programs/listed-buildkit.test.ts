import { expect, it } from "vitest";
import { programList } from "../../../src/private-buildkit/programs/program-list.ts";
import { listedBuildkit } from "../../lab/tool-list.ts";

it("the lab tries the BuildKit that `build` downloads", () => {
  const { version } = programList.releases.find(({ name }) => name === "buildkit") ?? {};
  expect(listedBuildkit).toBe(`v${version}`);
});
