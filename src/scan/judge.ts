import { present } from "../present.ts";
import type { ScanReport } from "./report.ts";
import { reaches, type Severity, type Threshold } from "./severity.ts";
import { type SettingsOwner, shownFindings, type Verdict } from "./verdict.ts";

/** What a verdict tells besides. */
interface Judgement {
  /** How old a database may be where there is a threshold; absent: of any age. */
  readonly maxAgeSeconds?: number;
  /** Absent: the scanner had no settings. */
  readonly settings?: SettingsOwner;
}

/** Says what a scan means. In: the mildest severity that is not accepted; undefined: everything is. */
export function judge(
  { database, findings, ignored }: ScanReport,
  failOn: Threshold | undefined,
  { maxAgeSeconds, settings }: Judgement = {},
): Verdict {
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
  const hasMaxAge = failOn !== undefined && maxAgeSeconds !== undefined;
  return {
    schemaVersion: 1,
    passed: failing.length === 0,
    ...present({ failOn }),
    counts,
    ...present({ settings }),
    ignored: ignored.length,
    ...(settings === undefined || ignored.length === 0 ? {} : { ignoredFindings: [...ignored] }),
    database: { ...database, ...(hasMaxAge ? { maxAgeSeconds } : {}) },
    worst: findings.slice(0, shownFindings),
    failing,
  };
}
