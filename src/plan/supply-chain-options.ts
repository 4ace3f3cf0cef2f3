import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { parseReference } from "../image/reference.ts";
import { sbomFormats } from "../sbom/sbom-format.ts";
import { durationSeconds } from "../scan/duration.ts";
import { readThreshold, type Threshold } from "../scan/severity.ts";
import type { CompileOptions } from "./options.ts";

/** Options of the stages that look into an image. */
export type SupplyChainOptions = Pick<
  CompileOptions,
  | "syftImage"
  | "grypeImage"
  | "vulnerabilityDatabase"
  | "maxDatabaseAge"
  | "scanConfig"
  | "sbomFormat"
  | "failOn"
>;
type Texts = Partial<Record<keyof SupplyChainOptions, string | undefined>>;

/** Reads them as a user wrote them; an empty text is none. In: where each was written. Faults are added to `found`. */
export function readSupplyChainOptions(
  texts: Texts,
  place: (option: keyof SupplyChainOptions) => SourceLocation,
  found: Diagnostic[],
): SupplyChainOptions {
  const given = (option: keyof SupplyChainOptions) => texts[option] || undefined;
  for (const option of ["syftImage", "grypeImage"] as const) {
    const text = given(option);
    if (text !== undefined && parseReference(text)?.place !== undefined) {
      found.push(diagnose("plan/tool-image-place", { text }, place(option)));
    } else if (text !== undefined && parseReference(text) === undefined) {
      found.push(diagnose("plan/bad-reference", { text }, place(option)));
    }
  }
  const [syftImage, grypeImage] = [given("syftImage"), given("grypeImage")];
  const database = given("vulnerabilityDatabase");
  const address = database === undefined ? undefined : URL.parse(database);
  if (address !== undefined && (address === null || !/^https?:$/.test(address.protocol))) {
    found.push(
      diagnose("plan/bad-database-address", { text: database ?? "" }, place("vulnerabilityDatabase")),
    );
  } else if (address && (address.username !== "" || address.password !== "")) {
    found.push(diagnose("plan/database-with-password", undefined, place("vulnerabilityDatabase")));
  }
  const maxDatabaseAge = given("maxDatabaseAge");
  if (maxDatabaseAge !== undefined && durationSeconds(maxDatabaseAge) === undefined) {
    found.push(diagnose("plan/bad-max-age", { text: maxDatabaseAge }, place("maxDatabaseAge")));
  }
  const config = given("scanConfig");
  // It stands in the Dockerfile as a pattern, in which other characters would mean something.
  if (
    config !== undefined &&
    !/^(?!.*(?:^|\/)\.\.?\/)[A-Za-z0-9._][A-Za-z0-9._/-]*[A-Za-z0-9]$/.test(config)
  ) {
    found.push(diagnose("plan/bad-scan-config", { text: config }, place("scanConfig")));
  }
  const [formatText, failText] = [given("sbomFormat"), given("failOn")];
  const sbomFormat = sbomFormats.find((name) => name === formatText?.trim().toLowerCase());
  if (formatText !== undefined && sbomFormat === undefined) {
    found.push(
      diagnose("plan/bad-sbom-format", { text: formatText, formats: sbomFormats }, place("sbomFormat")),
    );
  }
  const failOn = failText === undefined ? undefined : threshold(failText, place("failOn"), found);
  return {
    ...(syftImage === undefined ? {} : { syftImage }),
    ...(grypeImage === undefined ? {} : { grypeImage }),
    ...(database === undefined ? {} : { vulnerabilityDatabase: database }),
    ...(maxDatabaseAge === undefined ? {} : { maxDatabaseAge }),
    ...(config === undefined ? {} : { scanConfig: config }),
    ...(sbomFormat === undefined ? {} : { sbomFormat }),
    ...(failOn === undefined ? {} : { failOn }),
  };
}

function threshold(text: string, location: SourceLocation, found: Diagnostic[]): Threshold | undefined {
  try {
    return readThreshold(text, location);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    found.push(...error.diagnostics);
    return undefined;
  }
}
