import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { closest } from "../../diagnostics/did-you-mean.ts";
import type { BuildMetadata } from "./build-metadata.ts";

/** Where the launcher is in the image. Source: platform spec, "Launcher". */
export const launcherPath = "/cnb/lifecycle/launcher";
/** Holds one link to the launcher per process type. */
export const processDirectory = "/cnb/process";

/**
 * Checks the names of the process types, and that the one asked for is there.
 * Throws CompileError `export/invalid-process-type`, `export/unknown-process-type`.
 */
export function checkProcessTypes({ processes }: BuildMetadata, wanted: string | undefined): void {
  const types = processes.map(({ type }) => type);
  const faults: Diagnostic[] = types
    .filter((type) => /[/><:|&\\\0]|^\.{0,2}$/.test(type))
    .map((type) => diagnose("export/invalid-process-type", { type }));
  if (wanted !== undefined && !types.includes(wanted)) {
    const values = { type: wanted, known: types, nearest: closest(wanted, types) };
    faults.push(diagnose("export/unknown-process-type", values, { file: "--process-type" }));
  }
  if (faults.length > 0) throw new CompileError(faults);
}

/** The program that the image starts: the type asked for, else the buildpacks' default, else the bare launcher. */
export function entrypointOf(metadata: BuildMetadata, wanted: string | undefined): string {
  const type = wanted ?? (metadata["buildpack-default-process-type"] || undefined);
  return type === undefined ? launcherPath : `${processDirectory}/${type}`;
}
