import { expect, it } from "vitest";
import { renderStagesPage, stagesPageFile } from "../helpers/stages-page.ts";

it("documents every stage of a generated Dockerfile", async () => {
  await expect(renderStagesPage()).toMatchFileSnapshot(stagesPageFile);
});
