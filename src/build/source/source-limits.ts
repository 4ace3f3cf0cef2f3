import { type UnpackLimits, usualLimits } from "../../archive/unpack-budget.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";

/** Values of the flags, as typed. */
export interface SourceLimitFlags {
  readonly maxSourceSize?: string;
  readonly maxSourceEntries?: string;
}

/** Powers of two, as docker and BuildKit read sizes. */
const units: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * What a source from git or an archive may become. Who says how large it may be says so of its ratio, too. Throws CompileError with
 * everything that is wrong.
 */
export function readSourceLimits({ maxSourceSize, maxSourceEntries }: SourceLimitFlags): UnpackLimits {
  const found: Diagnostic[] = [];
  const refuse = (flag: string, text: string, example: string) =>
    found.push(diagnose("cli/bad-limit", { flag, text, example }, { file: flag }));
  const sizeBytes = maxSourceSize === undefined ? undefined : readSize(maxSourceSize);
  if (maxSourceSize !== undefined && sizeBytes === undefined)
    refuse("--max-source-size", maxSourceSize, "8g");
  const isCount = maxSourceEntries === undefined || /^[1-9]\d{0,14}$/.test(maxSourceEntries);
  if (!isCount) refuse("--max-source-entries", maxSourceEntries, "2000000");
  if (found.length > 0) throw new CompileError(found);
  return {
    ...(sizeBytes === undefined ? usualLimits : { sizeBytes }),
    entries: maxSourceEntries === undefined ? usualLimits.entries : Number(maxSourceEntries),
  };
}

/** `4g`, `512m`, `1.5GiB`, bytes without a unit. Undefined: it is none. */
function readSize(text: string): number | undefined {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const size = Math.floor(Number(number) * (units[unit.toLowerCase()] ?? Number.NaN));
  return number !== "" && size > 0 && Number.isSafeInteger(size) ? size : undefined;
}
