import { styleText } from "node:util";
import { visible } from "../diagnostics/format.ts";
import { databaseAgeDays, fixText, type PlatformVerdict } from "./gate.ts";
import { type Severity, severities } from "./severity.ts";
import type { Finding, Verdict } from "./verdict.ts";

/** A verdict, and how many packages the scanner looked at. */
export interface ScannedPlatform extends PlatformVerdict {
  readonly packages: number;
}

interface ScanTextOptions {
  readonly color: boolean;
  readonly now: Date;
}

/**
 * What scans of one or several platforms found, for a terminal: packages, findings by severity, the five worst with the
 * versions that mend them, the database. Ends with a newline; nothing scanned gives nothing.
 */
export function formatScans(platforms: readonly ScannedPlatform[], options: ScanTextOptions): string {
  const same = new Set(platforms.map(({ verdict }) => databaseText(verdict, options.now)));
  return [
    ...platforms.flatMap((scanned) => platformLines(scanned, options)),
    ...Array.from(same, (text) => `Vulnerability database: ${text}`),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function platformLines({ platform, packages, verdict }: ScannedPlatform, options: ScanTextOptions): string[] {
  const { counts, ignored, worst } = verdict;
  const found = severities
    .filter((severity) => counts[severity] > 0)
    .reverse()
    .map((severity) => paint(`${counts[severity]} ${severity}`, severity, options));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    [
      `${visible(platform)}: ${amount(packages, "package", "packages")}`,
      total === 0
        ? "no vulnerabilities"
        : `${amount(total, "vulnerability", "vulnerabilities")} (${found.join(", ")})`,
      ...(ignored === 0 ? [] : [`${ignored} ignored`]),
      ...(verdict.failOn === undefined
        ? []
        : [
            verdict.passed
              ? `passed: none is ${verdict.failOn} or higher`
              : `failed: ${verdict.failOn} or higher`,
          ]),
    ].join(", "),
    ...table(worst, options),
    ...ignoredLines(verdict),
  ];
}

/** How many of the ignored findings are named; `verdict.json` names all. */
const shownIgnored = 10;

function ignoredLines({ settings, ignoredFindings = [] }: Verdict): string[] {
  if (settings === undefined || ignoredFindings.length === 0) return [];
  const whose = settings === "project" ? "the project's Grype configuration" : "--scan-config";
  const named = ignoredFindings
    .slice(0, shownIgnored)
    .map(({ id, severity, package: name }) => `${id} (${severity}) in ${name}`);
  const more = ignoredFindings.length - named.length;
  const all = [...named, ...(more === 0 ? [] : [`and ${more} more, see verdict.json`])];
  return [`  ignored by ${whose}: ${all.map(visible).join(", ")}`];
}

/** Columns as wide as what stands in them. */
function table(findings: readonly Finding[], options: ScanTextOptions): string[] {
  const rows = findings.map(({ severity, id, package: name, version, fixedIn }) =>
    [severity, id, `${name} ${version}`, fixText(fixedIn)].map(visible),
  );
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row, index) => {
    const [first = "", ...rest] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    const severity = findings[index]?.severity ?? "unknown";
    return `  ${[paint(first, severity, options), ...rest].join("  ")}`;
  });
}

function databaseText(verdict: Verdict, now: Date): string {
  const { built, source } = verdict.database;
  const days = databaseAgeDays(verdict, now);
  const age = days === 0 ? "less than a day old" : `${amount(days, "day", "days")} old`;
  return visible([`built ${built}`, age, ...(source === undefined ? [] : [`from ${source}`])].join(", "));
}

function amount(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** The terminal was asked by the caller; here the choice is only carried out. */
function paint(text: string, severity: Severity, { color }: ScanTextOptions): string {
  if (!color) return text;
  const styles =
    severity === "critical" || severity === "high" ? "red" : severity === "medium" ? "yellow" : "dim";
  return styleText(styles, text, { validateStream: false });
}
