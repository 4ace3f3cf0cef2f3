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
    summary: "The severity does not exist",
    message: ({ text, known }) =>
      `${JSON.stringify(text)} is not a severity that a build can fail on. The severities are: ${known.join(", ")}.`,
    hint: ({ nearest }) =>
      nearest === undefined ? "Use one of these, or leave it out." : `Did you mean \`${nearest}\`?`,
  }),
  "scan/unreadable": error<{ file: string; reason: string }>({
    summary: "The scanner's output cannot be read",
    message: ({ file, reason }) => `${file} is not valid scanner output: ${reason}.`,
    hint: () => "Use the default version of Grype, or one with the same JSON format as 0.110.",
  }),
  "scan/findings": error<{
    platform: string;
    failOn: string;
    count: number;
    /** Each with what mends it; the worst first, and not always all. */
    worst: readonly string[];
    fixable: boolean;
  }>({
    summary: "The image has vulnerabilities that fail the build",
    message: ({ platform, failOn, count, worst }) =>
      `The image for ${platform} has ${count} ${count === 1 ? "vulnerability" : "vulnerabilities"} of severity ${failOn} or higher: ${worst.join("; ")}${count > worst.length ? `; and ${count - worst.length} more` : ""}.`,
    hint: ({ fixable }) =>
      fixable
        ? "Update to the fixed versions: the app's own packages in its lockfile, others with a newer run image or buildpack. Add harmless findings to `ignore` in `.grype.yaml`."
        : "No fixed versions are known. Try a newer run image or buildpack. Add harmless findings to `ignore` in `.grype.yaml`.",
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
      `The build fails on severity ${failOn}, so the vulnerability database ${source === undefined ? "" : `from ${source} `}may be at most ${durationText(maxAgeSeconds)} old; it is ${ageDays} days old (built ${built}).`,
    hint: () =>
      "Pass a newer one with `--vulnerability-db`, or allow an older one with `--vulnerability-db-max-age 30d`.",
  }),
  "scan/ignored-by-project": warning<{
    platform: string;
    failOn: string;
    count: number;
    worst: readonly string[];
  }>({
    summary: "The project's Grype configuration ignores vulnerabilities that would fail the build",
    message: ({ platform, failOn, count, worst }) =>
      `The project's Grype configuration ignores ${count} ${count === 1 ? "vulnerability" : "vulnerabilities"} of severity ${failOn} or higher for ${platform}: ${worst.join("; ")}${count > worst.length ? `; and ${count - worst.length} more` : ""}.`,
    hint: () =>
      "To decide yourself what is ignored, pass your own Grype configuration: `--scan-config FILE`. An empty file ignores nothing.",
  }),
  "scan/hidden-by-settings": warning<{ ids: readonly string[] }>({
    summary: "The project's Grype configuration hides vulnerabilities by other means than `ignore`",
    message: ({ ids }) =>
      `The project's Grype configuration hides ${ids.length} ${ids.length === 1 ? "vulnerability" : "vulnerabilities"} without naming them: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ` and ${ids.length - 5} more` : ""}. They still count.`,
    hint: () =>
      "Add harmless findings to `ignore`. No other key of the project's configuration can remove findings.",
  }),
  "scan/old-database": warning<{ ageDays: number; built: string; source: string | undefined }>({
    summary: "The vulnerability database is old",
    message: ({ ageDays, built, source }) =>
      `The vulnerability database ${source === undefined ? "" : `from ${source} `}is ${ageDays} days old (built ${built}) and lacks newer vulnerabilities.`,
    hint: () => "Use a newer one.",
  }),
};
