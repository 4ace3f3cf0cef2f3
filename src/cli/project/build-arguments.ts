import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { argumentRows, listItems, readBuildArgument, readSwitch } from "../../options/build-arguments.ts";
import { attributeOf, longFlag, type NamedOption } from "../../options/table.ts";
import type { CompilingFlags } from "../flags.ts";

/**
 * The flags with what `--build-arg` says put into the ones that it stands for: options of ours begin with `CNB_`, every
 * other name is a build-time variable; an empty text says nothing. Throws CompileError with every argument that is wrong.
 */
export function withBuildArguments<Flags extends CompilingFlags>(flags: Flags): Flags {
  const found: Diagnostic[] = [];
  const location = { file: "--build-arg" };
  const given = new Map<string, string>();
  let result = flags;
  for (const text of flags.buildArg ?? []) {
    const [name = ""] = text.split("=", 1);
    const isAlone = name === text;
    const argument = readBuildArgument({ name, value: text.slice(name.length + 1) });
    switch (argument.kind) {
      case "variable":
        result = { ...result, env: [...(result.env ?? []), text] };
        break;
      case "buildkit":
        found.push(diagnose("cli/build-arg-of-buildkit", { name }, location));
        break;
      case "unknown":
        found.push(diagnose("cli/build-arg-unknown", { name, suggestion: argument.suggestion }, location));
        break;
      case "option": {
        const row = rowInFile(argument.option);
        const { value } = argument;
        if (row === undefined) found.push(diagnose("cli/build-arg-without-use", { name }, location));
        else if (isAlone) found.push(diagnose("cli/build-arg-without-value", { name }, location));
        else if (value === "" && row.refusesEmpty !== true) break;
        else if (row.form === "switch" && readSwitch(value) === undefined) {
          found.push(diagnose("cli/build-arg-not-boolean", { name, value }, location));
        } else if (row.form !== "list" && saidBy(result, row) !== undefined) {
          const other = given.get(row.name) ?? longFlag(row.flag);
          found.push(diagnose("cli/said-twice", { name, other }, location));
        } else {
          given.set(row.name, name);
          result = { ...result, [attributeOf(row.flag)]: withValue(saidBy(result, row), row, value) };
        }
        break;
      }
    }
  }
  if (found.length > 0) throw new CompileError(found);
  return result;
}

type FlagRow = NamedOption & { readonly flag: string };

/** Undefined: a file that is built later has no use for the option, or a list of ours names no directories as `--volume` does. */
function rowInFile(name: string): FlagRow | undefined {
  return argumentRows.find(
    (row): row is typeof row & FlagRow =>
      row.name === name && row.name !== "volumes" && row.flag !== undefined && row.doors.includes("generate"),
  );
}

function saidBy(flags: object, { flag }: FlagRow): unknown {
  return (flags as Readonly<Record<string, unknown>>)[attributeOf(flag)];
}

function withValue(before: unknown, { form, separator = "," }: FlagRow, text: string): unknown {
  switch (form) {
    case "list":
      // Flags that are lists have lists.
      return [...((before as readonly string[] | undefined) ?? []), ...listItems(text, separator)];
    case "switch":
      return readSwitch(text);
    case "text":
      return text;
  }
}
