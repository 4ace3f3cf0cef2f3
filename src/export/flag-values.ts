import { posix } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Owner } from "../contract/owner.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf } from "../layer/byte-string.ts";

/** The call is wrong; exit code 2. */
export class UsageError extends CompileError {
  constructor(reason: string) {
    super([diagnose("export/usage", { reason })]);
  }
}

/** Kinds of flags, by their names. */
export type FlagTypes = NonNullable<ParseArgsConfig["options"]>;
export const text = { type: "string" } as const;
export const texts = { type: "string", multiple: true } as const;
export const boolean = { type: "boolean" } as const;

/** The values of flags that a command knows. Throws UsageError for any other word. */
export function flags<const Flags extends FlagTypes>(words: readonly string[], options: Flags) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error));
  }
}
export type FlagValues<Flags extends FlagTypes> = ReturnType<typeof flags<Flags>>;

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

/** `FROM:TO`. */
export function fromTo(flag: string, places: string): { readonly from: ByteString; readonly to: ByteString } {
  const [from, to, ...others] = places.split(":");
  if (others.length > 0) throw new UsageError(`${flag} is FROM:TO, not ${JSON.stringify(places)}.`);
  return { from: path(flag, from), to: path(flag, to) };
}

/** `UID:GID`. */
export function owner(flag: string, value: string | undefined): Owner {
  const given = required(flag, value);
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(given);
  if (match === null)
    throw new UsageError(`${flag} must be UID:GID in numbers, not ${JSON.stringify(given)}.`);
  return { uid: Number(match[1]), gid: Number(match[2]) };
}

/** At least one; more than an image can have layers is a slip. */
export function count(flag: string, value = "1"): number {
  if (!/^[1-9]\d{0,2}$/.test(value))
    throw new UsageError(`${flag} must be a number from 1, not ${JSON.stringify(value)}.`);
  return Number(value);
}
