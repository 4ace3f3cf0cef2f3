import { expect, it } from "vitest";
import { escapeId } from "../../src/contract/escape-id.ts";

it("an id's slashes are underscores in a directory's name", () => {
  expect(escapeId("a/b/c_d")).toBe("a_b_c_d");
});
