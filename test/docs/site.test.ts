import { expect, it } from "vitest";
import { markdownPages, readText } from "../helpers/markdown-pages.ts";

it("has every page of docs/ in its sidebar, by its path", () => {
  const config = readText("website/config.mjs") ?? "";
  const paths = markdownPages()
    .map(({ file }) => file)
    .filter((file) => file.startsWith("docs/") && file !== "docs/README.md")
    // The pages of messages have their own index.
    .filter((file) => !/^docs\/reference\/diagnostics\/(?!README)/.test(file))
    .map((file) => file.replace(/^docs/, "").replace(/(?:README)?\.md$/, ""));
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !config.includes(`"${path}"`))).toEqual([]);
});
