import { expect, it } from "vitest";
import { readText } from "../helpers/markdown-pages.ts";

it("is one that somebody reads: at most 150 lines", () => {
  expect((readText("README.md") ?? "").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});
