import { join } from "node:path";
import { expect, it } from "vitest";
import { catalog, type DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import { documentationPage, documentationUrl } from "../../src/diagnostics/documentation.ts";
import { diagnosticPages, pagesDirectory, renderDiagnosticPages } from "../helpers/diagnostic-pages.ts";

it("documents every diagnostic as the catalogue has it", async () => {
  const pages = renderDiagnosticPages();
  for (const [name, text] of pages) await expect(text).toMatchFileSnapshot(join(pagesDirectory, name));
  expect(
    diagnosticPages().filter((name) => !pages.has(name)),
    "pages that nothing makes",
  ).toEqual([]);
});

it("gives each diagnostic an address at which it is documented", () => {
  const pages = renderDiagnosticPages();
  for (const code of Object.keys(catalog) as DiagnosticCode[]) {
    const [file = "", anchor] = documentationPage(code).split("#");
    // As GitHub makes anchors of headings: without everything that is no letter, digit, blank, `-` or `_`.
    const anchors = Array.from(pages.get(file)?.matchAll(/^## (.*)$/gm) ?? [], ([, heading = ""]) =>
      heading.replace(/[^\w -]/g, "").replaceAll(" ", "-"),
    );
    expect(anchors).toContain(anchor);
  }
  expect(documentationUrl("cli/stale")).toMatch(
    /^https:\/\/.*\/docs\/reference\/diagnostics\/cli\.md#clistale$/,
  );
});
