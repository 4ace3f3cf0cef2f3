import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import draft04 from "ajv-draft-04";
import { describe, expect, it } from "vitest";
import { catalog, type Diagnostic, type DiagnosticCode, formatSarif } from "../../src/index.ts";
import { commandCaseNames, commandCasesDirectory } from "../helpers/command-cases.ts";

/** The schema that OASIS publishes, as the package of Microsoft's SARIF tools carries it. */
const schemaFile = createRequire(import.meta.url).resolve(
  "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
);
const validate = new draft04.default({
  strict: false,
  // One of its patterns is none by the stricter rules.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "uri-reference": (text: string) => URL.canParse(text, "https://registry.example"),
    "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
  },
}).compile(JSON.parse(readFileSync(schemaFile, "utf8")));

function faultsOf(log: string): unknown {
  validate(JSON.parse(log));
  return validate.errors;
}

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
    expect(faultsOf(formatSarif(diagnostics, options))).toBeNull();
  });

  it("is one for every case that asks for it", () => {
    const logs = commandCaseNames()
      .filter((name) => name.startsWith("check-sarif"))
      .map((name) => readFileSync(join(commandCasesDirectory, name, "stdout.txt"), "utf8"));
    expect(logs.length).toBeGreaterThan(2);
    for (const log of logs) expect(faultsOf(log)).toBeNull();
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
    expect(faultsOf(log.replace('"version": "2.1.0"', '"version": "2.2.0"'))).not.toBeNull();
    expect(faultsOf(log.replace('"columnKind": "utf16CodeUnits"', '"columnKind": "bytes"'))).not.toBeNull();
  });
});
