import { posix } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf } from "../layer/byte-string.ts";

/** The call is wrong; exit code 2. */
export class UsageError extends CompileError {
  constructor(reason: string) {
    super([diagnose("export/usage", { reason })]);
  }
}

/** Kinds of flags. */
export const text = { type: "string" } as const;
export const texts = { type: "string", multiple: true } as const;
export const boolean = { type: "boolean" } as const;

/** The values of flags that a command knows. Throws UsageError for any other word. */
export function flags<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error));
  }
}

/** Throws UsageError where a flag has no value. */
export function required(flag: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new UsageError(`${flag} is missing.`);
  return value;
}

/** Absolute, without a slash at its end. */
export function path(flag: string, value: string | undefined): ByteString {
  const given = required(flag, value);
  const absolute = posix.resolve(given);
  return byteStringOf(absolute);
}
