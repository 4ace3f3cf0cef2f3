import { error, warning } from "../entry.ts";

/** `120h`, `30d`. */
function durationText(seconds: number): string {
  if (seconds % 3600 !== 0) return `${seconds}s`;
  return seconds % 86_400 === 0 && seconds > 5 * 86_400 ? `${seconds / 86_400}d` : `${seconds / 3600}h`;
}

/** Faults of scans, and what they find. */
export const scanCatalog = {
  "scan/unknown-severity": error<{
    text: string;
    known: readonly string[];
    nearest: string | undefined;
  }>({
    summary: "There is no such severity",
    message: ({ text, known }) =>
      `${JSON.stringify(text)} is no severity that a build can fail on. There are: ${known.join(", ")}.`,
    hint: ({ nearest }) =>
      nearest === undefined ? "Name one of these, or leave it out." : `Did you mean \`${nearest}\`?`,
  }),
  "scan/unreadable": error<{ file: string; reason: string }>({
    summary: "What the scanner wrote cannot be read",
    message: ({ file, reason }) => `${file} is not what a scanner should write: ${reason}.`,
    hint: () => "Use the version of Grype that is the default, or one whose JSON is like that of 0.110.",
  }),
  "scan/findings": error<{
    platform: string;
    failOn: string;
    count: number;
    /** Each with what mends it; the worst first, and not always all. */
    worst: readonly string[];
    fixable: boolean;
  }>({
    summary: "The image has vulnerabilities that the build does not accept",
    message: ({ platform, failOn, count, worst }) =>
      `The image for ${platform} has ${count} ${count === 1 ? "vulnerability" : "vulnerabilities"} of severity ${failOn} or worse: ${worst.join("; ")}${count > worst.length ? `; and ${count - worst.length} more` : ""}.`,
    hint: ({ fixable }) =>
      fixable
        ? "Take the fixed versions: of the app's own packages in its lockfile, of others with a newer run image or buildpack. What does no harm here goes into the list `ignore` of `.grype.yaml`."
        : "No fixed versions are known. Try a newer run image or buildpack; what does no harm here goes into the list `ignore` of `.grype.yaml`.",
  }),
  "scan/database-too-old": error<{
    ageDays: number;
    built: string;
    source: string | undefined;
    maxAgeSeconds: number;
    failOn: string;
  }>({
    summary: "The vulnerability database is too old for a build with a threshold",
    message: ({ ageDays, built, source, maxAgeSeconds, failOn }) =>
      `The build fails on severity ${failOn}, and the vulnerability database ${source === undefined ? "" : `from ${source} `}is ${ageDays} days old (of ${built}); it may be at most ${durationText(maxAgeSeconds)} old.`,
    hint: () =>
      "Hand over a newer one with `--vulnerability-db`, or allow an older one with `--vulnerability-db-max-age 30d`.",
  }),
  "scan/ignored-by-project": warning<{
    platform: string;
    failOn: string;
    count: number;
    worst: readonly string[];
  }>({
    summary: "The project's settings ignore vulnerabilities that would fail the build",
    message: ({ platform, failOn, count, worst }) =>
      `The project's settings of Grype take ${count} ${count === 1 ? "vulnerability" : "vulnerabilities"} of severity ${failOn} or worse out of the scan for ${platform}: ${worst.join("; ")}${count > worst.length ? `; and ${count - worst.length} more` : ""}.`,
    hint: () =>
      "To decide yourself what is ignored, give settings of your own: `--scan-config FILE`. An empty file ignores nothing.",
  }),
  "scan/hidden-by-settings": warning<{ ids: readonly string[] }>({
    summary: "The project's settings hide vulnerabilities by other means than `ignore`",
    message: ({ ids }) =>
      `The project's settings of Grype hide ${ids.length} ${ids.length === 1 ? "vulnerability" : "vulnerabilities"} without naming them: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}. They count all the same.`,
    hint: () =>
      "List what does no harm in the project under `ignore`; other settings of the project cannot take findings out.",
  }),
  "scan/old-database": warning<{ ageDays: number; built: string; source: string | undefined }>({
    summary: "The vulnerability database is old",
    message: ({ ageDays, built, source }) =>
      `The vulnerability database ${source === undefined ? "" : `from ${source} `}is ${ageDays} days old (of ${built}): newer vulnerabilities are not in it.`,
    hint: () => "Hand over a newer one.",
  }),
};
