import * as v from "valibot";
import { present } from "../present.ts";
import { readJson } from "./read-json.ts";
import { type Severity, severities } from "./severity.ts";
import type { Database, Finding } from "./verdict.ts";

/** What a scan found, worst first. */
export interface ScanReport {
  readonly database: Database;
  readonly findings: readonly Finding[];
  /** What settings, or the scanner by itself, took out; worst first. */
  readonly ignored: readonly Finding[];
  /** Other names of vulnerabilities, by their ids. */
  readonly aliases?: ReadonlyMap<string, readonly string[]>;
}

const matchSchema = v.object({
  vulnerability: v.object({
    id: v.string(),
    severity: v.optional(v.string(), ""),
    dataSource: v.optional(v.string(), ""),
    fix: v.optional(v.nullable(v.object({ versions: v.nullish(v.array(v.string())) }))),
  }),
  artifact: v.object({
    name: v.string(),
    version: v.optional(v.string(), ""),
    type: v.optional(v.string(), ""),
    locations: v.nullish(v.array(v.object({ path: v.string() }))),
  }),
  relatedVulnerabilities: v.nullish(v.array(v.object({ id: v.string() }))),
});

/** What of Grype's JSON we read. Source: Grype 0.110, grype/presenter/models. */
const reportSchema = v.object({
  matches: v.nullable(v.array(matchSchema)),
  ignoredMatches: v.nullish(v.array(matchSchema)),
  descriptor: v.object({
    db: v.object({
      status: v.object({
        schemaVersion: v.string(),
        built: v.pipe(v.string(), v.isoTimestamp()),
        from: v.optional(v.string(), ""),
      }),
    }),
  }),
});

/** Reads Grype's JSON. In: a name for messages. Throws CompileError `scan/unreadable`. */
export function readScanReport(text: string, file: string): ScanReport {
  const { matches, ignoredMatches, descriptor } = readJson(text, file, reportSchema);
  const { schemaVersion, built, from } = descriptor.db.status;
  const { source, checksum } = sourceOf(from);
  const all = [...(matches ?? []), ...(ignoredMatches ?? [])];
  return {
    database: {
      built,
      schemaVersion,
      ...(source === "" ? {} : { source }),
      ...present({ checksum }),
    },
    findings: worstFirst((matches ?? []).map(findingOf)),
    ignored: worstFirst((ignoredMatches ?? []).map(findingOf)),
    aliases: new Map(
      all.flatMap(({ vulnerability: { id }, relatedVulnerabilities }) => {
        const others = (relatedVulnerabilities ?? []).map((related) => related.id);
        return others.length === 0 ? [] : [[id, others] as const];
      }),
    ),
  };
}

function findingOf({ vulnerability, artifact }: v.InferOutput<typeof matchSchema>): Finding {
  const [location] = artifact.locations ?? [];
  return {
    id: vulnerability.id,
    severity: severityOf(vulnerability.severity),
    package: artifact.name,
    version: artifact.version,
    type: artifact.type,
    fixedIn: vulnerability.fix?.versions ?? [],
    ...(location === undefined ? {} : { location: location.path }),
    dataSource: vulnerability.dataSource,
  };
}

function severityOf(text: string): Severity {
  return severities.find((severity) => severity === text.toLowerCase()) ?? "unknown";
}

/** Splits what Grype says of a download: `https://…/db.tar.zst?checksum=sha256%3A…`. */
function sourceOf(from: string): { readonly source: string; readonly checksum?: string } {
  // Grype's word for a file that it was given.
  if (from === "manual import") return { source: "a file passed to the build" };
  if (!URL.canParse(from)) return { source: from };
  const url = new URL(from);
  const checksum = url.searchParams.get("checksum");
  // Credentials for a mirror may stand in the address.
  return {
    source: `${url.protocol}//${url.host}${url.pathname}`,
    ...(checksum === null ? {} : { checksum }),
  };
}

/** Each once, by severity, then by what the finding is of. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [orderText(finding), finding]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
}

function orderText({ severity, package: name, version, id, type, location = "" }: Finding): string {
  const rank = severities.length - severities.indexOf(severity);
  return [rank, name, version, id, type, location].join("\0");
}
