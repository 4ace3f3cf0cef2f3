import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { CompileError, type Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { passGate } from "../../../src/export/inspect/gate.ts";
import { scanImage } from "../../../src/export/inspect/scan.ts";
import { findToolProgram, runTool } from "../../../src/export/inspect/tool-program.ts";
import { fetchDatabase } from "../../../src/export/inspect/vulnerability-db.ts";
import type { Finding, Verdict } from "../../../src/scan/verdict.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { scriptedTool } from "./scripted-tool.ts";

function codesOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

const log = () => {};
const report = (_: Diagnostic) => {};

describe("a tool's program", () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory();
  });

  it("is found at the root of its image, or on the path", () => {
    const image = scriptedTool(directory, "syft", "exit 0");
    expect(findToolProgram("Syft", "syft", image).path).toBe(join(image, "syft"));
    mkdirSync(join(image, "usr/bin"), { recursive: true });
    writeFileSync(join(image, "usr/bin/other"), "");
    expect(findToolProgram("Other", "other", image).path).toBe(join(image, "usr/bin/other"));
  });

  it("that is not in its image is named, with the places that were looked at", () => {
    expect(() => findToolProgram("Syft", "nothing", directory)).toThrow(
      /image for Syft contains none of \/nothing, \/usr\/local\/bin\/nothing/,
    );
    expect(codesOf(() => findToolProgram("Syft", "nothing", directory))).toEqual(["export/no-tool"]);
  });

  it("that is ended by a signal is an error that names it", () => {
    const image = scriptedTool(directory, "killed", "kill -9 $$");
    const tool = findToolProgram("Syft", "killed", image);
    expect(codesOf(() => runTool(tool, [], {}))).toEqual(["export/tool-failed"]);
    expect(() => runTool(tool, [], {})).toThrow(/SIGKILL/);
  });
});

describe("the vulnerability database", () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory();
  });

  const scanOf = (grype: string, database: string) => ({
    ...{ grype, database, sbom: directory },
    ...{ config: join(directory, "none"), projectConfig: join(directory, "none"), to: join(directory, "s") },
  });

  it("that cannot be fetched is an error that says what to do", () => {
    const grype = scriptedTool(directory, "grype", "exit 1");
    const request = { grype, address: "https://mirror.example/latest.json", to: join(directory, "to") };
    expect(codesOf(() => fetchDatabase(request, log))).toEqual(["export/no-database"]);
    expect(() => fetchDatabase(request, log)).toThrow(/mirror\.example/);
  });

  it("of another kind is an error that names what was found", () => {
    const grype = scriptedTool(directory, "grype", "exit 0");
    const database = join(directory, "database");
    mkdirSync(database, { recursive: true });
    writeFileSync(join(database, "notes.txt"), "");
    const request = scanOf(grype, database);
    expect(codesOf(() => scanImage(request, log, report))).toEqual(["export/empty-database"]);
    expect(() => scanImage(request, log, report)).toThrow(/notes\.txt/);
  });

  it("that Grype refuses is one, too", () => {
    const grype = scriptedTool(directory, "grype", "exit 1");
    const database = join(directory, "refused");
    mkdirSync(database, { recursive: true });
    writeFileSync(join(database, "vulnerability.db"), "");
    const request = scanOf(grype, database);
    expect(codesOf(() => scanImage(request, log, report))).toEqual(["export/empty-database"]);
  });
});

describe("Grype's settings", () => {
  let directory: string;
  beforeEach(() => {
    directory = temporaryDirectory();
  });

  const finding = (id: string) => ({
    vulnerability: { id, severity: "High", dataSource: "" },
    artifact: { name: "bash", version: "5.2", type: "deb", locations: [] },
  });
  const answer = (matches: readonly string[], ignored: readonly string[] = []) =>
    JSON.stringify({
      matches: matches.map(finding),
      ignoredMatches: ignored.map(finding),
      descriptor: { db: { status: { schemaVersion: "v6.1.4", built: "2026-11-20T00:00:00Z", from: "x" } } },
    });

  /** A Grype that says another thing with settings, as those tell it. Out: the verdict, and what was reported. */
  function scanWith(settings: Readonly<Record<string, string>>) {
    const plain = join(directory, "plain.json");
    writeFileSync(plain, answer(["CVE-1", "CVE-2"]));
    const script = `
file=${plain}
for word; do
  case $word in --config) next=1 ;; json=*) out=\${word#json=} ;; *) [ -z "$next" ] || { file=$word; next=; } ;; esac
done
cat "$file" >"$out"`;
    const grype = scriptedTool(directory, "grype", script);
    const [config, database, to] = [
      join(directory, "config"),
      join(directory, "database"),
      join(directory, "to"),
    ];
    for (const place of ["6", "../config/project"]) mkdirSync(join(database, place), { recursive: true });
    for (const name of ["vulnerability.db", "import.json"]) writeFileSync(join(database, "6", name), "");
    for (const [name, text] of Object.entries(settings)) writeFileSync(join(config, name), text);
    const codes: string[] = [];
    const request = {
      grype,
      database,
      config,
      projectConfig: join(config, "project"),
      to,
      sbom: directory,
      failOn: "high" as const,
      maxAgeSeconds: 60,
    };
    scanImage(request, log, ({ code }) => void codes.push(code));
    const verdict: Verdict = JSON.parse(readFileSync(join(to, "verdict.json"), "utf8"));
    return { verdict, codes, report: readFileSync(join(to, "vuln.json"), "utf8") };
  }
  const ids = (findings: readonly Finding[] = []) => findings.map(({ id }) => id);

  it("of the project take out what they name, and nothing else", () => {
    const { verdict, codes } = scanWith({ "project/.grype.yaml": answer([], ["CVE-1"]) });
    expect(ids(verdict.failing)).toEqual(["CVE-2"]);
    expect(ids(verdict.ignoredFindings)).toEqual(["CVE-1"]);
    expect(verdict).toMatchObject({ settings: "project", ignored: 1, database: { maxAgeSeconds: 60 } });
    expect(codes).toEqual(["scan/hidden-by-settings"]);
  });

  it("of whoever builds count in place of the project's, whatever they do", () => {
    const given = { "mine.yaml": answer(["CVE-2"]), "project/.grype.yaml": answer([], ["CVE-1", "CVE-2"]) };
    const { verdict, codes } = scanWith(given);
    expect(ids(verdict.failing)).toEqual(["CVE-2"]);
    expect(verdict).toMatchObject({ settings: "operator", ignored: 0 });
    expect(codes).toEqual([]);
  });

  it("there need not be", () => {
    const { verdict, report } = scanWith({});
    expect(ids(verdict.failing)).toEqual(["CVE-1", "CVE-2"]);
    expect(verdict).not.toHaveProperty("settings");
    expect(JSON.parse(report).matches).toHaveLength(2);
  });

  it("are one file", () => {
    expect(codesOf(() => scanWith({ "a.yaml": "", "b.yaml": "" }))).toEqual(["export/several-scan-configs"]);
  });
});

describe("the gate", () => {
  let directory: string;
  const finding: Finding = {
    id: "CVE-2026-1",
    severity: "high",
    package: "bash",
    version: "5.2",
    type: "deb",
    fixedIn: [],
    dataSource: "",
  };
  const verdict: Verdict = {
    schemaVersion: 1,
    passed: false,
    failOn: "high",
    counts: { unknown: 0, negligible: 0, low: 0, medium: 0, high: 1, critical: 0 },
    ignored: 0,
    database: { built: "2026-11-20T00:00:00Z", schemaVersion: "v6.1.4" },
    worst: [finding],
    failing: [finding],
  };
  beforeEach(() => {
    directory = temporaryDirectory();
    writeFileSync(join(directory, "verdict.json"), JSON.stringify(verdict));
  });

  it("lets no image pass with a finding that is too severe", () => {
    expect(codesOf(() => passGate(directory, "linux/arm64", log))).toEqual(["scan/findings"]);
    expect(() => passGate(directory, "linux/arm64", log)).toThrow(/linux\/arm64 .*CVE-2026-1/);
  });

  it("lets others pass, and says so", () => {
    const lines: string[] = [];
    const passed = { ...verdict, passed: true, failing: [] };
    writeFileSync(join(directory, "verdict.json"), JSON.stringify(passed));
    passGate(directory, "linux/arm64", (line) => void lines.push(line));
    expect(lines).toEqual(["scan: passed: none is high or higher"]);
    expect(readFileSync(join(directory, "verdict.json"), "utf8")).toContain('"passed":true');
  });
});
