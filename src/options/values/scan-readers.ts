import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { parseReference } from "../../image/reference.ts";
import { type SbomFormat, sbomFormats } from "../../sbom/sbom-format.ts";
import { durationSeconds } from "../../scan/duration.ts";
import { readThreshold, type Threshold } from "../../scan/severity.ts";
import type { ReadOption } from "../option.ts";

/** Name of an image that holds a tool; one in a directory has no place in a FROM line. */
export const readToolImage: ReadOption<string> = (text, location, found) => {
  const reference = parseReference(text);
  if (reference !== undefined && reference.place === undefined) return text;
  found.push(
    reference === undefined
      ? diagnose("plan/bad-reference", { text }, location)
      : diagnose("plan/tool-image-place", { text }, location),
  );
  return undefined;
};

export const readDatabaseAddress: ReadOption<string> = (text, location, found) => {
  const address = URL.parse(text);
  if (address === null || !/^https?:$/.test(address.protocol)) {
    found.push(diagnose("plan/bad-database-address", { text }, location));
    return undefined;
  }
  if (address.username === "" && address.password === "") return text;
  found.push(diagnose("plan/database-with-password", undefined, location));
  return undefined;
};

export const readMaxAge: ReadOption<string> = (text, location, found) => {
  if (durationSeconds(text) !== undefined) return text;
  found.push(diagnose("plan/bad-max-age", { text }, location));
  return undefined;
};

/** A path below the project. It stands in the Dockerfile as a pattern, in which other characters would mean something. */
export const readScanConfig: ReadOption<string> = (text, location, found) => {
  if (/^(?!.*(?:^|\/)\.\.?\/)[A-Za-z0-9._][A-Za-z0-9._/-]*[A-Za-z0-9]$/.test(text)) return text;
  found.push(diagnose("plan/bad-scan-config", { text }, location));
  return undefined;
};

export const readSbomFormat: ReadOption<SbomFormat> = (text, location, found) => {
  const format = sbomFormats.find((name) => name === text.trim().toLowerCase());
  if (format === undefined)
    found.push(diagnose("plan/bad-sbom-format", { text, formats: sbomFormats }, location));
  return format;
};

export const readFailOn: ReadOption<Threshold> = (text, location, found) => {
  try {
    return readThreshold(text, location);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    found.push(...error.diagnostics);
    return undefined;
  }
};
