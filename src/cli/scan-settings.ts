import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { CompileError, diagnose, scanConfigContext } from "../index.ts";
import type { BuildFlags } from "./build-flags.ts";
import type { Source } from "./source/source.ts";
import { readText } from "./text-file.ts";

const location = { file: "--scan-config" };

/**
 * Copies the settings that `--scan-config` names into a directory of their own, which takes the place of the project's. A
 * file of this machine counts first, as with `--file`, then one of the source. Undefined: none is named.
 * Throws CompileError where there is none of that name, or another is named besides.
 */
export function scanSettingsDirectory(
  { scanConfig, buildContext = [], buildArg = [] }: BuildFlags,
  source: Pick<Source, "directory">,
  work: string,
): string | undefined {
  if (scanConfig === undefined) return undefined;
  const others = [
    ...buildContext.filter((text) => text.startsWith(`${scanConfigContext}=`)).map(() => "--build-context"),
    ...buildArg.filter((text) => text.startsWith("CNB_SCAN_CONFIG=")).map(() => "--build-arg"),
  ];
  const [other] = others;
  if (other !== undefined) throw new CompileError([diagnose("cli/scan-config-twice", { other }, location)]);
  const here = resolve(scanConfig);
  const path = existsSync(here) ? here : inSource(source.directory, scanConfig);
  if (path === undefined) {
    throw new CompileError([diagnose("cli/no-scan-config", { file: scanConfig }, location)]);
  }
  const text = readText(path, scanConfig);
  const directory = join(work, scanConfigContext);
  mkdirSync(directory);
  writeFileSync(join(directory, "grype.yaml"), text);
  return directory;
}

/** A file of the source, which no link leads out of. */
function inSource(directory: string, name: string): string | undefined {
  const path = resolve(directory, name);
  if (!existsSync(path)) return undefined;
  const real = realpathSync(path);
  return real.startsWith(realpathSync(directory) + sep) ? real : undefined;
}
