import * as v from "valibot";
import { readJson } from "./read-json.ts";
import { severities, thresholds } from "./severity.ts";

/** How many findings people are shown. */
export const shownFindings = 5;

/** Whose Grype configuration is used: the project's, or the one that the person who builds passes. */
const settingsOwners = ["project", "operator"] as const;
export type SettingsOwner = (typeof settingsOwners)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const databaseSchema = v.object({
  built: v.pipe(v.string(), v.isoTimestamp(), v.description("When its data was gathered, RFC 3339.")),
  schemaVersion: v.pipe(v.string(), v.description("`v6.1.4`.")),
  source: v.exactOptional(
    v.pipe(v.string(), v.description("Address or file it was taken from. Absent: the scanner does not say.")),
  ),
  checksum: v.exactOptional(
    v.pipe(v.string(), v.description("`sha256:…` of the archive. Absent: the scanner does not say.")),
  ),
  maxAgeSeconds: v.exactOptional(
    v.pipe(v.number(), v.description("How old it may be for a build with a threshold. Absent: of any age.")),
  ),
});

const findingSchema = v.object({
  id: v.pipe(v.string(), v.description("`CVE-2024-1234`, `GHSA-…`.")),
  severity: v.picklist(severities),
  package: v.string(),
  version: v.string(),
  type: v.pipe(v.string(), v.description("Kind of package, as the scanner calls it: `deb`, `npm`.")),
  fixedIn: v.pipe(v.array(v.string()), v.description("Versions without the fault. Empty: none is known.")),
  location: v.exactOptional(
    v.pipe(v.string(), v.description("Path in the image. Absent: the package is at none.")),
  ),
  dataSource: v.pipe(v.string(), v.description("Address that tells more; may be empty.")),
});

/** `verdict.json`: what a scan means. `schema/verdict.schema.json` is made of this. */
export const verdictSchema = v.object({
  schemaVersion: v.literal(1),
  passed: v.pipe(v.boolean(), v.description("Whether no finding reaches the threshold.")),
  failOn: v.exactOptional(
    v.pipe(v.picklist(thresholds), v.description("The threshold. Absent: every scan passes.")),
  ),
  counts: v.pipe(
    v.object({
      unknown: count,
      negligible: count,
      low: count,
      medium: count,
      high: count,
      critical: count,
    }),
    v.description("How many findings there are of each severity."),
  ),
  settings: v.exactOptional(
    v.pipe(
      v.picklist(settingsOwners),
      v.description(
        "Whose Grype configuration was used: `project`: a file of the project; `operator`: a file given to the build.",
      ),
    ),
  ),
  ignored: v.pipe(
    count,
    v.description("How many findings the Grype configuration, or Grype itself, took out."),
  ),
  ignoredFindings: v.exactOptional(
    v.pipe(
      v.array(findingSchema),
      v.description("Those that the Grype configuration took out, worst first. Absent: none."),
    ),
  ),
  database: databaseSchema,
  worst: v.pipe(
    v.array(findingSchema),
    v.maxLength(shownFindings),
    v.description("The five worst, worst first."),
  ),
  failing: v.pipe(v.array(findingSchema), v.description("All that reach the threshold, worst first.")),
});

/** What a scan means, as it goes from the build to whoever decides: plain JSON. */
export type Verdict = v.InferOutput<typeof verdictSchema>;
export type Finding = v.InferOutput<typeof findingSchema>;
/** What the scanner compared with. */
export type Database = v.InferOutput<typeof databaseSchema>;

/** Reads a verdict back. In: a name for messages. Throws CompileError `scan/unreadable`. */
export function readVerdict(text: string, file: string): Verdict {
  return readJson(text, file, verdictSchema);
}
