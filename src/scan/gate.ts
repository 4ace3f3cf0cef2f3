import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { reaches } from "./severity.ts";
import { type Finding, shownFindings, type Verdict } from "./verdict.ts";

/** The verdict on the image of a platform. */
export interface PlatformVerdict {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly verdict: Verdict;
}

/** How old a database may be before people should know, in days. Source: Grype, `db.max-allowed-built-age`. */
const maxAgeDays = 5;

/**
 * What keeps the image from being published: an error `scan/database-too-old` for each database by which nothing can be
 * told any more, and `scan/findings` for each platform that did not pass.
 */
export function gateFaults(platforms: readonly PlatformVerdict[], now: Date): Diagnostic[] {
  return [...databaseFaults(platforms, now), ...findingFaults(platforms)];
}

function databaseFaults(platforms: readonly PlatformVerdict[], now: Date): Diagnostic[] {
  return databasesOf(platforms).flatMap((verdict) => {
    const { failOn, database } = verdict;
    const { built, source, maxAgeSeconds } = database;
    if (failOn === undefined || maxAgeSeconds === undefined) return [];
    if (now.getTime() - Date.parse(built) <= maxAgeSeconds * 1000) return [];
    const values = { ageDays: databaseAgeDays(verdict, now), built, source, maxAgeSeconds, failOn };
    return [diagnose("scan/database-too-old", values, { file: "--fail-on" })];
  });
}

function findingFaults(platforms: readonly PlatformVerdict[]): Diagnostic[] {
  return platforms.flatMap(({ platform, verdict: { passed, failOn, failing } }) => {
    if (passed || failOn === undefined) return [];
    const worst = failing.slice(0, shownFindings);
    const values = {
      platform,
      failOn,
      count: failing.length,
      worst: worst.map(findingText),
      fixable: worst.some(({ fixedIn }) => fixedIn.length > 0),
    };
    return [diagnose("scan/findings", values, { file: platform })];
  });
}

/** `CVE-2024-1 (critical) in bash 5.1, fixed in 5.2`. */
function findingText({ id, severity, package: name, version, fixedIn }: Finding): string {
  return `${id} (${severity}) in ${name} ${version}, ${fixText(fixedIn)}`;
}

/** `fixed in 5.2`. */
export function fixText(fixedIn: readonly string[]): string {
  return fixedIn.length === 0 ? "no fix known" : `fixed in ${fixedIn.join(", ")}`;
}

/** Whole days between the database and `now`; never less than none. */
export function databaseAgeDays({ database }: Verdict, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(database.built)) / 86_400_000));
}

/** A verdict for each database. */
function databasesOf(platforms: readonly PlatformVerdict[]): Verdict[] {
  return [...new Map(platforms.map(({ verdict }) => [verdict.database.built, verdict])).values()];
}

/** Warnings `scan/ignored-by-project`, where the project's own settings take out what would fail the build. */
export function ignoreWarnings(platforms: readonly PlatformVerdict[]): Diagnostic[] {
  return platforms.flatMap(({ platform, verdict: { failOn, settings, ignoredFindings = [] } }) => {
    if (failOn === undefined || settings !== "project") return [];
    const severe = ignoredFindings.filter(({ severity }) => reaches(severity, failOn));
    if (severe.length === 0) return [];
    const worst = severe.slice(0, shownFindings).map(findingText);
    return [diagnose("scan/ignored-by-project", { platform, failOn, count: severe.length, worst })];
  });
}

/**
 * Warnings `scan/old-database`, once for each database that is older than five days. With a threshold, whoever builds has
 * said how old it may be.
 */
export function ageWarnings(platforms: readonly PlatformVerdict[], now: Date): Diagnostic[] {
  return databasesOf(platforms).flatMap((verdict) => {
    if (verdict.database.maxAgeSeconds !== undefined) return [];
    const ageDays = databaseAgeDays(verdict, now);
    if (ageDays <= maxAgeDays) return [];
    const { built, source } = verdict.database;
    return [diagnose("scan/old-database", { ageDays, built, source })];
  });
}
