import { type ScanReport, worstFirst } from "./report.ts";
import type { Finding } from "./verdict.ts";

/** What a scan says when settings of the project count. */
export interface SettledReport extends ScanReport {
  /** Findings that the settings would have kept from being seen by other means than an ignore rule. They count. */
  readonly hidden: readonly Finding[];
}

/**
 * Lets settings of the project take findings out by name, and in no other way: what they hide otherwise, as by another
 * distribution's name or by matchers that are switched off, counts as if there were no settings.
 * In: what the scanner says without the settings, and with them.
 */
export function withProjectSettings(plain: ScanReport, settled: ScanReport): SettledReport {
  const aliases = new Map([...(plain.aliases ?? []), ...(settled.aliases ?? [])]);
  const keysOf = ({ id, package: name, version, type }: Finding) =>
    [id, ...(aliases.get(id) ?? [])].map((one) => JSON.stringify([one, name, version, type]));
  // Settings may ask for a vulnerability's name on another list.
  const keysOfAll = (findings: readonly Finding[]) => new Set(findings.flatMap(keysOf));
  const seen = keysOfAll([...settled.findings, ...settled.ignored]);
  const ignoredAnyway = keysOfAll(plain.ignored);
  const hidden = plain.findings.filter((finding) => !keysOf(finding).some((key) => seen.has(key)));
  return {
    database: plain.database,
    findings: worstFirst([...settled.findings, ...hidden]),
    // The scanner takes some out by itself.
    ignored: settled.ignored.filter((finding) => !keysOf(finding).some((key) => ignoredAnyway.has(key))),
    aliases,
    hidden,
  };
}
