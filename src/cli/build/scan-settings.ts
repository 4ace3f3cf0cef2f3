import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type Border, namedBy } from "../../files/border.ts";
import { LeadsOutside } from "../../files/read-inside.ts";
import { type FileOrigin, leadsOutside, readText, unreadable } from "../../files/text-file.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import { scanConfigContext } from "../../stages/paths.ts";
import type { BuildFlags } from "../flags.ts";

const location = { file: "--scan-config" };

/**
 * Copies the settings that `--scan-config` names into a directory of their own, which takes the place of the project's. A
 * file of this machine counts first, as with `--file`, then one of the source. Undefined: none is named.
 * Throws CompileError where there is none of that name, or another is named besides.
 */
export function scanSettingsDirectory(
  { scanConfig, buildContext = [], buildArg = [] }: BuildFlags,
  { directory: source, border }: { readonly directory: string; readonly border: Border },
  work: string,
): string | undefined {
  if (scanConfig === undefined) return undefined;
  const others = [
    ...buildContext.filter((text) => text.startsWith(`${scanConfigContext}=`)).map(() => "--build-context"),
    ...buildArg.filter((text) => text.startsWith(`${argumentNames.scanConfig}=`)).map(() => "--build-arg"),
  ];
  const [other] = others;
  if (other !== undefined) throw new CompileError([diagnose("cli/scan-config-twice", { other }, location)]);
  const isHere = existsSync(scanConfig);
  const path = isHere ? scanConfig : resolve(source, scanConfig);
  const origin = isHere ? namedBy(location.file, path, border) : { border: border.directory };
  const text = readSettings(path, scanConfig, origin);
  const directory = join(work, scanConfigContext);
  mkdirSync(directory);
  writeFileSync(join(directory, "grype.yaml"), text);
  return directory;
}

function readSettings(path: string, shown: string, { border, flag }: FileOrigin): string {
  try {
    return readText(path, shown, border);
  } catch (error) {
    if (error instanceof LeadsOutside)
      throw new CompileError([leadsOutside(shown, error, flag)], { cause: error });
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new CompileError([diagnose("cli/no-scan-config", { file: shown }, location)], { cause: error });
    throw error instanceof CompileError ? error : unreadable(shown, error);
  }
}
