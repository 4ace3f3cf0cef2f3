import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalog, type DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatSarif } from "../../src/diagnostics/sarif.ts";
import { commandCaseNames, commandCasesDirectory } from "../helpers/command-cases.ts";
import { faultsOfSarif } from "../helpers/validate-sarif.ts";

const options = {
  version: "0.0.0",
  completed: true,
  fallbackPath: "project.toml",
  pathOf: (file: string) => (file.startsWith("--") ? undefined : file),
};

describe("a SARIF log", () => {
  it("is one by the official schema, for every code and every kind of place", () => {
    const places = [
      undefined,
      { file: "--env" },
      { file: "project.toml" },
      { file: "a b/ü.toml", line: 1 },
      { file: "../shared.toml", line: 3, column: 5, keyPath: "io.buildpacks.group[1].uri" },
    ];
    const diagnostics = (Object.keys(catalog) as DiagnosticCode[]).flatMap((code) =>
      places.map(
        (location): Diagnostic => ({
          code,
          severity: catalog[code].severity,
          message: "What is wrong.",
          ...(location === undefined ? {} : { hint: "What to do.", location }),
        }),
      ),
    );
    expect(faultsOfSarif(formatSarif(diagnostics, options))).toBeNull();
  });

  it("is one for every case that asks for it", () => {
    const logs = commandCaseNames()
      .filter((name) => name.startsWith("check-sarif"))
      .map((name) => readFileSync(join(commandCasesDirectory, name, "stdout.txt"), "utf8"));
    expect(logs.length).toBeGreaterThan(2);
    for (const log of logs) expect(faultsOfSarif(log)).toBeNull();
  });

  it("names each rule once, and each finding its rule", () => {
    const fault = (code: DiagnosticCode): Diagnostic => ({ code, severity: "error", message: "x" });
    const codes = ["cli/stale", "plan/no-builder", "cli/stale"] as const;
    const { runs } = JSON.parse(formatSarif(codes.map(fault), options));
    expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "cli/stale",
      "plan/no-builder",
    ]);
    expect(runs[0].results.map(({ ruleIndex }: { ruleIndex: number }) => ruleIndex)).toEqual([0, 1, 0]);
  });

  it("says that something could not be looked at", () => {
    const { runs } = JSON.parse(formatSarif([], { ...options, completed: false }));
    expect(runs[0].invocations).toEqual([{ executionSuccessful: false }]);
  });

  it("would not pass if it lacked what the schema wants", () => {
    const log = formatSarif([], options);
    expect(faultsOfSarif(log.replace('"version": "2.1.0"', '"version": "2.2.0"'))).not.toBeNull();
    expect(
      faultsOfSarif(log.replace('"columnKind": "utf16CodeUnits"', '"columnKind": "bytes"')),
    ).not.toBeNull();
  });
});
