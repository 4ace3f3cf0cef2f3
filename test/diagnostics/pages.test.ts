import { expect, it } from "vitest";
import { renderDiagnosticsPage } from "../helpers/diagnostic-pages.ts";

it("documents every diagnostic as the catalogue has it", async () => {
  await expect(renderDiagnosticsPage()).toMatchFileSnapshot("../../docs/diagnostics/README.md");
});
