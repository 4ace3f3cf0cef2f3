import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { present } from "../../present.ts";
import { ageWarnings } from "../../scan/gate.ts";
import { judge } from "../../scan/judge.ts";
import { type SettledReport, withProjectSettings } from "../../scan/project-settings.ts";
import { readScanReport } from "../../scan/report.ts";
import type { Threshold } from "../../scan/severity.ts";
import type { Log } from "../log.ts";
import { createdTime } from "./created-time.ts";
import { findScanSettings } from "./scan-config.ts";
import { exitFault, findToolProgram, makeWorkDirectory, runTool, type ToolProgram } from "./tool-program.ts";
import { grypeSettings } from "./vulnerability-db.ts";

interface ScanRequest {
  /** Directory of the image's bills of materials. */
  readonly sbom: string;
  /** Root of Grype's image. */
  readonly grype: string;
  /** Directory with Grype's database, in any of the forms that it comes in. */
  readonly database: string;
  /** Directories of the Grype configuration of the person who builds, and of the project's; each may be empty or missing. */
  readonly config: string;
  readonly projectConfig: string;
  readonly to: string;
  /** Severity from which on a finding fails the build; absent: none does. */
  readonly failOn?: Threshold;
  /** How old the database may be where there is a threshold; absent: of any age. */
  readonly maxAgeSeconds?: number;
}

/** Where Grype keeps a database. The same path in every build, because it stands in the report. */
const databaseCache = "/tmp/cnb-dockerfile-database";
/** Directory that Grype makes in it: of the database's version. */
const schemaDirectory = "6";

/**
 * Writes what Grype finds: `vuln.json` in its own format, `vuln.txt` as a table, `vuln.sarif`, and `verdict.json`. It
 * fails for no finding, because the files of a failed step never reach anybody. Throws CompileError where there is no
 * database, or Grype cannot read what it is given.
 */
export function scanImage(request: ScanRequest, log: Log, report: Report): void {
  const { sbom, grype, database, config, projectConfig, to, failOn, maxAgeSeconds } = request;
  const settings = findScanSettings(config, projectConfig);
  const tool = findToolProgram("Grype", "grype", grype);
  mkdirSync(to, { recursive: true });
  const cache = openDatabase(tool, database);
  const scan = (place: string, settingsFile?: string) => {
    const text = runGrype({ tool, cache, place, sbom: join(sbom, "sbom.cdx.json"), settingsFile });
    return readScanReport(text, "vuln.json");
  };
  // Before settings of a stranger act anywhere.
  const plain = settings?.owner === "project" ? scan(makeWorkDirectory()) : undefined;
  const settled = scan(to, settings?.file);
  const found: SettledReport =
    plain === undefined ? { ...settled, hidden: [] } : withProjectSettings(plain, settled);
  const verdict = judge(found, failOn, {
    ...present({ maxAgeSeconds }),
    ...(settings === undefined ? {} : { settings: settings.owner }),
  });
  writeFileSync(join(to, "verdict.json"), `${JSON.stringify(verdict, undefined, 2)}\n`);
  if (found.hidden.length > 0) {
    report(diagnose("scan/hidden-by-settings", { ids: found.hidden.map(({ id }) => id) }));
  }
  for (const warning of ageWarnings([{ platform: "", verdict }], new Date())) report(warning);
  const { counts } = verdict;
  const amounts = Object.entries(counts).flatMap(([name, count]) =>
    count === 0 ? [] : [`${count} ${name}`],
  );
  log(`scan: ${amounts.length === 0 ? "no vulnerabilities" : amounts.reverse().join(", ")}`);
}

interface GrypeRun {
  readonly tool: ToolProgram;
  /** Directory of the database. */
  readonly cache: string;
  readonly sbom: string;
  readonly settingsFile: string | undefined;
  /** Directory for the reports. */
  readonly place: string;
}

/** Writes the reports. Out: the one in Grype's own format. Throws CompileError. */
function runGrype({ tool, cache, sbom, settingsFile, place }: GrypeRun): string {
  const reportFile = join(place, "vuln.json");
  const words = [
    ...["--quiet", ...(settingsFile === undefined ? [] : ["--config", settingsFile])],
    // Of the files that come with the image, so that anybody can do the same again.
    `sbom:${sbom}`,
    ...["--output", `json=${reportFile}`],
    ...["--output", `sarif=${join(place, "vuln.sarif")}`],
    ...["--output", `table=${join(place, "vuln.txt")}`],
  ];
  const exitCode = runTool(tool, words, { ...grypeSettings, GRYPE_DB_CACHE_DIR: cache });
  // 2: the settings have a threshold of their own. What fails here is said by --fail-on alone.
  if ((exitCode !== 0 && exitCode !== 2) || !existsSync(reportFile)) {
    throw exitFault(tool, exitCode);
  }
  const text = withoutClock(readFileSync(reportFile, "utf8"));
  writeFileSync(reportFile, text);
  return text;
}

/** Out: a directory as Grype keeps databases. */
function openDatabase(tool: ToolProgram, directory: string): string {
  const found = existsSync(directory) ? readdirSync(directory).sort() : [];
  const has = (...names: readonly string[]) => existsSync(join(directory, ...names));
  if (has(schemaDirectory, "vulnerability.db") && has(schemaDirectory, "import.json")) return directory;
  rmSync(databaseCache, { recursive: true, force: true });
  if (has("vulnerability.db") && has("import.json")) {
    const place = join(databaseCache, schemaDirectory);
    mkdirSync(place, { recursive: true });
    for (const name of ["vulnerability.db", "import.json"]) {
      copyFileSync(join(directory, name), join(place, name));
    }
    return databaseCache;
  }
  const file = ["vulnerability.db", ...found].find(
    (name) => has(name) && /^vulnerability\.db$|\.tar\.(?:gz|xz|zst)$/.test(name),
  );
  if (file === undefined) throw new CompileError([diagnose("export/empty-database", { found })]);
  mkdirSync(databaseCache, { recursive: true });
  const settings = { ...grypeSettings, GRYPE_DB_CACHE_DIR: databaseCache };
  if (runTool(tool, ["--quiet", "db", "import", join(directory, file)], settings) === 0) return databaseCache;
  throw new CompileError([diagnose("export/empty-database", { found })]);
}

/** Grype's report without the time of its run: the same image and database give the same bytes. */
function withoutClock(text: string): string {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("descriptor" in value)) return text;
  const descriptor = { ...(value.descriptor as object), timestamp: createdTime() };
  return `${JSON.stringify({ ...value, descriptor }, undefined, 1)}\n`;
}
