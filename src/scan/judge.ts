import type { ScanReport } from "./report.ts";
import { reaches, type Severity, type Threshold } from "./severity.ts";
import { shownFindings, type Verdict } from "./verdict.ts";

/** Says what a scan means. In: the mildest severity that is not accepted; undefined: everything is. */
export function judge({ database, findings, ignored }: ScanReport, failOn: Threshold | undefined): Verdict {
  const failing = failOn === undefined ? [] : findings.filter(({ severity }) => reaches(severity, failOn));
  const counts: Record<Severity, number> = {
    unknown: 0,
    negligible: 0,
    low: 0,
    medium: 0,
    high: 0,
    critical: 0,
  };
  for (const { severity } of findings) counts[severity]++;
  return {
    schemaVersion: 1,
    passed: failing.length === 0,
    ...(failOn === undefined ? {} : { failOn }),
    counts,
    ignored,
    database,
    worst: findings.slice(0, shownFindings),
    failing,
  };
}
