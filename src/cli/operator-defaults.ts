import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DescriptorText } from "../descriptor/descriptor.ts";
import { namesBuilder } from "../descriptor/names-builder.ts";
import { type OperatorSettings, readOperatorSettings } from "../descriptor/operator-settings.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { readText } from "../files/text-file.ts";
import type { Door } from "../options/option.ts";
import { attributeOf, type NamedOption, optionsAt, optionVariable } from "../options/table.ts";
import { requireClosedFile } from "../private/closed-file.ts";
import { homeDirectory } from "../private/home-directory.ts";
import { NotPrivate } from "../private/not-private.ts";

/** What the operator of this machine has chosen for every project. */
export interface OperatorDefaults {
  /** For messages. */
  readonly file: string;
  readonly settings: OperatorSettings;
}

/** A command's flags, and what its operator says where they do not: read once, when the command begins. */
export interface Asked<Flags> {
  readonly flags: Flags;
  readonly defaults: OperatorDefaults;
}

/** Where nobody says anything. */
export const noDefaults: OperatorDefaults = { file: "", settings: {} };

const variable = optionVariable("defaultsFile");

/**
 * Reads the operator's defaults file: the one that a variable names, else the usual one of this user, if it is there. No
 * project, and no place in a project, names it. Throws CompileError where it is named and not there, where another user could
 * have written it, and for everything that is wrong in it.
 */
export function readOperatorDefaults(env: NodeJS.ProcessEnv): OperatorDefaults {
  const named = env[variable] || undefined;
  const file = named ?? join(homeDirectory(env), ".config", "cnb-dockerfile", "config.toml");
  // Also where the home is another's, as that of a random uid in OpenShift: what is not there, nobody has written.
  if (named === undefined && !existsSync(file)) return noDefaults;
  try {
    requireClosedFile(file);
    return { file, settings: readOperatorSettings({ file, text: readText(file, file) }) };
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const location = { file };
    if (error instanceof NotPrivate) {
      const values = { file, reason: error.reason };
      throw new CompileError([diagnose("cli/defaults-writable", values, location)], { cause: error });
    }
    const values = { file, reason: systemReason(error), variable };
    throw new CompileError([diagnose("cli/defaults-unreadable", values, location)], { cause: error });
  }
}

/** The flags of a command, with what the operator says where no flag does. In: which options count. */
export function withDefaults<Flags extends object>(
  flags: Flags,
  { settings }: OperatorDefaults,
  door: Door,
  counts: (row: NamedOption) => boolean,
): Flags {
  const given = flags as Readonly<Record<string, unknown>>;
  const more = optionsAt(door).flatMap((row) => {
    const { name, flag, setting } = row;
    const value = settings[name];
    if (flag === undefined || setting === undefined || value === undefined || !counts(row)) return [];
    const said = given[attributeOf(flag)];
    return said === undefined || said === "" ? [[attributeOf(flag), value] as const] : [];
  });
  return { ...flags, ...Object.fromEntries(more) };
}

/** Options that say how registries are reached, whatever is made. */
export const ofAccess = ({ compiled, name }: NamedOption): boolean =>
  compiled !== true && name !== "offeredSecrets";

/** Options that decide what is made of a project; the builder only of one that names none, as pack's default builder. */
export function ofCompiling(descriptor: DescriptorText | undefined): (row: NamedOption) => boolean {
  return ({ compiled, name }) => compiled === true && !(name === "builder" && namesBuilder(descriptor));
}
