import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";

/** 0.12 brought run.toml, targets and the labels that are written here. Throws CompileError. */
export function checkPlatformApi(version: string): void {
  if (/^0\.1[2-5]$/.test(version)) return;
  const location = { file: "--platform-api" };
  throw new CompileError([diagnose("export/unsupported-platform-api", { version }, location)]);
}
