import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { durationSeconds } from "../../src/scan/duration.ts";
import { ageWarnings, gateFaults, ignoreWarnings } from "../../src/scan/gate.ts";
import { judge } from "../../src/scan/judge.ts";
import { withProjectSettings } from "../../src/scan/project-settings.ts";
import { readScanReport, type ScanReport } from "../../src/scan/report.ts";
import { readThreshold, severities } from "../../src/scan/severity.ts";
import { formatScans } from "../../src/scan/text.ts";
import { type Finding, readVerdict } from "../../src/scan/verdict.ts";
import { codesOf, faultsOf } from "../helpers/errors.ts";

/** What Grype wrote of a root file system, by a database made for it; its own settings are taken out. */
function recorded(name = "grype-0.110.json"): string {
  return readFileSync(join(import.meta.dirname, "..", "fixtures", "scan", name), "utf8");
}

const report = readScanReport(recorded(), "vuln.json");
const now = new Date("2026-11-24T12:00:00Z");

function of(platform: string, verdict = judge(report, "high")) {
  return { platform, verdict };
}

describe("a scanner's report", () => {
  it("tells the findings, worst first, and what they were found with", () => {
    expect(report.findings.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
      "GHSA-test-npm1 critical",
      "CVE-2026-1005 high",
      "CVE-2026-1001 high",
      "GHSA-test-npm2 medium",
      "CVE-2026-1002 low",
      "CVE-2026-1004 unknown",
    ]);
    expect(report.findings[0]).toEqual({
      id: "GHSA-test-npm1",
      severity: "critical",
      package: "ms",
      version: "2.1.3",
      type: "npm",
      fixedIn: ["99.0.0"],
      location: "/workspace/node_modules/ms/package.json",
      dataSource: "https://vulnerability.example/GHSA-test-npm1",
    });
    expect(report.ignored).toHaveLength(1);
    expect(report.database).toEqual({
      built: "2026-11-22T02:01:51Z",
      schemaVersion: "v6.1.4",
      source: "a file passed to the build",
    });
  });

  it("is the same in whatever order the scanner found things, and names each once", () => {
    const value = JSON.parse(recorded());
    value.matches = [...value.matches, ...value.matches].reverse();
    expect(readScanReport(JSON.stringify(value), "vuln.json")).toEqual(report);
  });

  it("may know no places, as of an SPDX file", () => {
    const { findings } = readScanReport(recorded("grype-0.110-without-locations.json"), "vuln.json");
    expect(findings).toHaveLength(1);
    expect(findings[0]).not.toHaveProperty("location");
  });

  it("names a downloaded database's address without what is not to be told, and its checksum", () => {
    const value = JSON.parse(recorded());
    value.descriptor.db.status.from =
      "https://user:secret@mirror.example/db.tar.zst?checksum=sha256%3Aab12&token=secret";
    const { database } = readScanReport(JSON.stringify(value), "vuln.json");
    expect(database).toMatchObject({
      source: "https://mirror.example/db.tar.zst",
      checksum: "sha256:ab12",
    });
  });

  it("of no JSON, of another shape or without a database is refused", () => {
    const faults = faultsOf(() => readScanReport("[", "vuln.json"));
    expect(faults).toMatchObject([{ code: "scan/unreadable", location: { file: "vuln.json" } }]);
    expect(codesOf(() => readScanReport("{}", "vuln.json"))).toEqual(["scan/unreadable"]);
    const value = JSON.parse(recorded());
    value.descriptor.db = {};
    const [fault] = faultsOf(() => readScanReport(JSON.stringify(value), "vuln.json"));
    expect(fault?.message).toContain("descriptor.db.status: ");
  });

  it("has severities that the database made up, as unknown ones", () => {
    const value = JSON.parse(recorded());
    value.matches[0].vulnerability.severity = "Terrible";
    const { findings } = readScanReport(JSON.stringify(value), "vuln.json");
    expect(findings.filter(({ severity }) => severity === "unknown")).toHaveLength(2);
  });
});

describe("a verdict", () => {
  it.each([
    ["negligible", 5],
    ["low", 5],
    ["medium", 4],
    ["high", 3],
    ["critical", 1],
  ] as const)("that fails on %s has %i findings against it", (failOn, count) => {
    const verdict = judge(report, failOn);
    expect(verdict).toMatchObject({ passed: false, failOn });
    expect(verdict.failing).toEqual(report.findings.slice(0, count));
  });

  it("without a threshold is good, whatever there is", () => {
    const verdict = judge(report, undefined);
    expect(verdict).toMatchObject({ passed: true, failing: [], ignored: 1 });
    expect(verdict).not.toHaveProperty("failOn");
    expect(verdict.worst).toEqual(report.findings.slice(0, 5));
    expect(verdict.counts).toEqual({ unknown: 1, negligible: 0, low: 1, medium: 1, high: 2, critical: 1 });
  });

  it("is good where nothing is as bad as the threshold", () => {
    const mild = { ...report, findings: report.findings.slice(3) };
    expect(judge(mild, "high")).toMatchObject({ passed: true, failing: [] });
  });

  it("is the same after it was written and read", () => {
    for (const failOn of ["low", undefined] as const) {
      const verdict = judge(report, failOn);
      expect(readVerdict(JSON.stringify(verdict), "verdict.json")).toEqual(verdict);
    }
    const later = { ...judge(report, "low"), schemaVersion: 2 };
    expect(codesOf(() => readVerdict(JSON.stringify(later), "verdict.json"))).toEqual(["scan/unreadable"]);
  });
});

describe("a threshold", () => {
  const location = { file: "--fail-on" };

  it("is read in any letter case", () => {
    expect(["High", " CRITICAL ", "negligible"].map((text) => readThreshold(text, location))).toEqual([
      "high",
      "critical",
      "negligible",
    ]);
  });

  it("that there is not is refused, with the one that was meant", () => {
    expect(faultsOf(() => readThreshold("critcal", location))).toEqual([
      diagnose(
        "scan/unknown-severity",
        { text: "critcal", known: severities.slice(1), nearest: "critical" },
        location,
      ),
    ]);
    const [fault] = faultsOf(() => readThreshold("unknown", location));
    expect(fault?.hint).toBe("Use one of these, or leave it out.");
  });
});

describe("the gate", () => {
  it("names platform, threshold, number and the worst with what mends them", () => {
    const [fault, ...more] = gateFaults(
      [of("linux/amd64"), of("linux/arm64", judge(report, undefined))],
      now,
    );
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ code: "scan/findings", location: { file: "linux/amd64" } });
    expect(fault?.message).toBe(
      "The image for linux/amd64 has 3 vulnerabilities of severity high or higher: " +
        "GHSA-test-npm1 (critical) in ms 2.1.3, fixed in 99.0.0; " +
        "CVE-2026-1005 (high) in base-files 12.4+deb12u15, no fix known; " +
        "CVE-2026-1001 (high) in bash 5.2.15-2+b13, no fix known.",
    );
  });

  it("names five, and how many there are besides", () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      id: `CVE-${index}`,
      severity: "high" as const,
      package: "p",
      version: "1",
      type: "npm",
      fixedIn: [],
      dataSource: "",
    }));
    const [fault] = gateFaults([of("linux/amd64", judge({ ...report, findings: many }, "high"))], now);
    expect(fault?.message).toMatch(/CVE-4 .*; and 7 more\.$/);
    expect(fault?.hint).toMatch(/^No fixed versions are known/);
  });
});

describe("the age of a database", () => {
  const limited = (maxAgeSeconds: number, failOn?: "critical") =>
    of("linux/amd64", judge(report, failOn, { maxAgeSeconds }));
  // The recorded one is two and a half days old.
  const twoDays = 2 * 86_400;

  it("fails the build where it may not be as old, once for all platforms, before what was found", () => {
    const old = limited(twoDays, "critical");
    const faults = gateFaults([old, { ...old, platform: "linux/arm64" }], now);
    expect(faults.map(({ code }) => code)).toEqual([
      "scan/database-too-old",
      "scan/findings",
      "scan/findings",
    ]);
    expect(faults[0]?.message).toContain(
      "may be at most 48h old; it is 2 days old (built 2026-11-22T02:01:51Z).",
    );
    expect(ageWarnings([old], now)).toEqual([]);
  });

  it("fails none that may be as old, and none without a threshold", () => {
    expect(gateFaults([limited(3 * 86_400, "critical")], now).map(({ code }) => code)).toEqual([
      "scan/findings",
    ]);
    expect(gateFaults([limited(twoDays)], now)).toEqual([]);
  });

  it.each([
    ["120h", 432_000],
    ["5d", 432_000],
    ["1h30m", 5400],
    ["1.5h", 5400],
    ["90s", 90],
  ])("%s is %i seconds", (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });

  it.each(["", "0h", "5", "h", "-5h", "5 h", "5w", "1e9h", "∞"])("is not %j", (text) => {
    expect(durationSeconds(text)).toBeUndefined();
  });
});

describe("settings of a project", () => {
  const named = (id: string, name = "p"): Finding => ({
    ...{ id, severity: "high", package: name, version: "1", type: "npm", fixedIn: [], dataSource: "" },
  });
  const [first, second, third] = [named("CVE-1"), named("CVE-2"), named("CVE-3")];
  const of = (findings: readonly Finding[], ignored: readonly Finding[] = []): ScanReport => ({
    ...{ database: report.database, findings, ignored },
  });

  it("take out what they name", () => {
    const settled = withProjectSettings(of([first, second]), of([second], [first]));
    expect(settled).toMatchObject({ findings: [second], ignored: [first], hidden: [] });
  });

  it("take out nothing that they do not name", () => {
    const settled = withProjectSettings(of([first, second, third]), of([third], [first]));
    expect(settled).toMatchObject({ findings: [second, third], ignored: [first], hidden: [second] });
  });

  it("do not take out a vulnerability of one package by naming that of another", () => {
    const settled = withProjectSettings(of([first, named("CVE-1", "q")]), of([], [named("CVE-1", "q")]));
    expect(settled.findings).toEqual([first]);
  });

  it("are not to blame for what the scanner takes out by itself", () => {
    expect(withProjectSettings(of([], [first]), of([], [first, second]))).toMatchObject({
      ignored: [second],
    });
  });

  it("may name a vulnerability as another list has it", () => {
    const aliases = new Map([["CVE-1", ["GHSA-1"]]]);
    const plain = of([named("GHSA-1"), second]);
    const settled = withProjectSettings(plain, { ...of([second], [first]), aliases });
    expect(settled).toMatchObject({ findings: [second], ignored: [first], hidden: [] });
  });

  it("may find more", () => {
    expect(withProjectSettings(of([first]), of([first, second])).findings).toEqual([first, second]);
  });

  it("are warned of where what they take out would fail the build", () => {
    const verdict = (owner: "project" | "operator", failOn: "high" | "critical") => ({
      platform: "linux/amd64",
      verdict: judge(of([], [first]), failOn, { settings: owner }),
    });
    expect(ignoreWarnings([verdict("project", "high")])).toMatchObject([
      {
        code: "scan/ignored-by-project",
        message: expect.stringContaining("CVE-1 (high) in p 1, no fix known"),
      },
    ]);
    expect(ignoreWarnings([verdict("project", "critical"), verdict("operator", "high")])).toEqual([]);
  });
});

describe("an old database", () => {
  const built = (text: string): ScanReport => ({ ...report, database: { ...report.database, built: text } });
  const warned = (...texts: string[]) =>
    ageWarnings(
      texts.map((text, index) => of(`linux/${index}`, judge(built(text), undefined))),
      now,
    );

  it("is warned of after five days", () => {
    expect(warned("2026-11-19T12:00:00Z")).toEqual([]);
    expect(warned("2026-11-18T12:00:00Z")).toMatchObject([
      {
        code: "scan/old-database",
        severity: "warning",
        message:
          "The vulnerability database from a file passed to the build is 6 days old (built 2026-11-18T12:00:00Z) and lacks newer vulnerabilities.",
      },
    ]);
  });

  it("is warned of once for all platforms that were scanned with it", () => {
    expect(warned("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")).toHaveLength(2);
  });
});

describe("the summary", () => {
  it("tells packages, findings, the worst and the database", () => {
    const clean = judge({ ...report, findings: [], ignored: [] }, "high");
    const text = formatScans(
      [
        { ...of("linux/amd64"), packages: 25 },
        { ...of("linux/arm64", clean), packages: 1 },
      ],
      { color: false, now },
    );
    expect(text).toBe(`\
linux/amd64: 25 packages, 6 vulnerabilities (1 critical, 2 high, 1 medium, 1 low, 1 unknown), 1 ignored, failed: high or higher
  critical  GHSA-test-npm1  ms 2.1.3                  fixed in 99.0.0
  high      CVE-2026-1005   base-files 12.4+deb12u15  no fix known
  high      CVE-2026-1001   bash 5.2.15-2+b13         no fix known
  medium    GHSA-test-npm2  ms 2.1.3                  fixed in 3.0.0
  low       CVE-2026-1002   libc6 2.36-9+deb12u14     fixed in 99
linux/arm64: 1 package, no vulnerabilities, passed: none is high or higher
Vulnerability database: built 2026-11-22T02:01:51Z, 2 days old, from a file passed to the build
`);
  });

  it("has colours where they are wanted, and none of what a package's name would do to a terminal", () => {
    const [first] = report.findings;
    if (first === undefined) throw new Error("the recorded report has findings");
    const hostile = { ...report, findings: [{ ...first, package: "ms\u001b[2J" }] };
    const text = formatScans([{ ...of("linux/amd64", judge(hostile, undefined)), packages: 1 }], {
      color: true,
      now,
    });
    expect(text).toContain("\u001b[31mcritical\u001b[39m");
    expect(text).toContain("ms\u241b[2J");
  });

  it("names what settings took out, and whose they are", () => {
    const [one] = report.findings;
    if (one === undefined) throw new Error("the recorded report has findings");
    const many = Array.from({ length: 12 }, (_, index) => ({ ...one, id: `CVE-${index}` }));
    const lines = (ignored: readonly Finding[], settings?: "project" | "operator") => {
      const verdict = judge({ ...report, findings: [], ignored }, "high", settings && { settings });
      return formatScans([{ ...of("linux/amd64", verdict), packages: 1 }], { color: false, now })
        .split("\n")
        .slice(0, 2);
    };
    expect(lines([one], "project")).toEqual([
      "linux/amd64: 1 package, no vulnerabilities, 1 ignored, passed: none is high or higher",
      "  ignored by the project's Grype configuration: GHSA-test-npm1 (critical) in ms",
    ]);
    expect(lines(many, "operator")[1]).toMatch(
      /ignored by --scan-config: CVE-0 .*CVE-9 .*ms, and 2 more, see verdict\.json$/,
    );
    expect(lines([one])[1]).toMatch(/^Vulnerability database/);
  });

  it("of nothing is nothing", () => {
    expect(formatScans([], { color: false, now })).toBe("");
  });
});
