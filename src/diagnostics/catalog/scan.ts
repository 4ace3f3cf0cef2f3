import { error, warning } from "./entry.ts";

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
  "scan/old-database": warning<{ ageDays: number; built: string; source: string | undefined }>({
    summary: "The vulnerability database is old",
    message: ({ ageDays, built, source }) =>
      `The vulnerability database ${source === undefined ? "" : `from ${source} `}is ${ageDays} days old (of ${built}): newer vulnerabilities are not in it.`,
    hint: () => "Hand over a newer one.",
  }),
};
