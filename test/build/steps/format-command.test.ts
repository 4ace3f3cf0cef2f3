import { expect, it } from "vitest";
import { formatCommand } from "../../../src/build/steps/format-command.ts";

it("quotes what a shell would take apart", () => {
  expect(
    formatCommand({ program: "x", arguments: ["a b", "it's", "$HOME", "a=b,c"], env: { A: "b c" } }),
  ).toBe(`A='b c' x 'a b' 'it'\\''s' '$HOME' a=b,c`);
});
