import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../../src/diagnostics/catalog/entry.ts";
import { catalog } from "../../src/diagnostics/catalog.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { goldenDirectory } from "../helpers/cases.ts";

const testDirectory = join(import.meta.dirname, "..");

describe("the catalogue", () => {
  const entries = Object.entries<CatalogEntry<never>>(catalog);

  it("names every diagnostic after a room and a fault", () => {
    const code =
      /^(descriptor|builder|modules|plan|emit|registry|rebase|sbom|scan|export|engines|cli|files|private|frontend)\/[a-z0-9]+(-[a-z0-9]+)*$/;
    expect(Object.keys(catalog).filter((name) => !code.test(name))).toEqual([]);
  });

  it("sums each up in a line without a full stop, as a heading", () => {
    const heading = /^[A-Z`][^\n]*[^.\n]$/;
    expect(entries.filter(([, { summary }]) => !heading.test(summary))).toEqual([]);
  });

  it("tells for each error what can be done", () => {
    const silent = entries.filter(([, { severity, hint }]) => severity === "error" && hint === undefined);
    expect(silent.map(([code]) => code)).toEqual([]);
  });
});

it("every diagnostic is shown by a case or looked for by a test", () => {
  const texts = [...filesBelow(goldenDirectory, ".txt"), ...filesBelow(testDirectory, ".test.ts")].map(
    (file) => readFileSync(file, "utf8").replaceAll("\\/", "/"),
  );
  const all = texts.join("\n");
  const unseen = Object.keys(catalog).filter((code) => !new RegExp(`${code}(?![a-z0-9-])`).test(all));
  expect(unseen).toEqual([]);
});

function filesBelow(directory: string, ending: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(directory, file));
}

describe("a diagnostic", () => {
  it("has the text, the advice and the place of its fault", () => {
    expect(diagnose("plan/bad-reference", { text: "A b" }, { file: "--builder" })).toEqual({
      code: "plan/bad-reference",
      severity: "error",
      message: '"A b" is not a valid image name.',
      hint: "Write it like registry.example/team/name:tag, in lower case, optionally with @sha256:….",
      location: { file: "--builder" },
    });
  });

  it("has no advice where there is none to give", () => {
    expect(diagnose("export/left-out", { path: "pipe", kind: "FIFO" })).not.toHaveProperty("hint");
  });
});
