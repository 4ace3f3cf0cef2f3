import { expect, it } from "vitest";
import { optionRows, shownFlag } from "../../src/options/table.ts";
import { optionsPageFile, renderOptionsPage } from "../helpers/options-page.ts";

it("documents every option as the table has it", async () => {
  const page = renderOptionsPage();
  await expect(page).toMatchFileSnapshot(optionsPageFile);
  const ways = optionRows.flatMap(({ flag = [], argument = [], variable = [] }) =>
    [flag, argument, variable].flat().map(shownFlag),
  );
  expect(ways.filter((way) => !page.includes(`\`${way}\``))).toEqual([]);
});
