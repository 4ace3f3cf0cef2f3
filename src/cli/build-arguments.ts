import { type ArgumentOption, CompileError, type Diagnostic, diagnose, readBuildArgument } from "../index.ts";
import type { GenerateFlags } from "./options.ts";

/** The flag that says what an argument says. Undefined: a file that is built later has no use for it. */
const flagOf: Readonly<Record<ArgumentOption, keyof GenerateFlags | undefined>> = {
  builder: "builder",
  runImage: "runImage",
  platformApi: "platformApi",
  processType: "processType",
  previousImage: undefined,
  cacheId: "cacheId",
  secrets: "secret",
  bindings: "binding",
  execEnv: "execEnv",
};

/**
 * The flags with what `--build-arg` says put into the ones that it stands for: options of ours begin with `CNB_`, every
 * other name is a build-time variable. Throws CompileError with every argument that is wrong.
 */
export function withBuildArguments<Flags extends GenerateFlags>(flags: Flags): Flags {
  const found: Diagnostic[] = [];
  const location = { file: "--build-arg" };
  const given = new Map<keyof GenerateFlags, string>();
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
        const flag = flagOf[argument.option];
        if (flag === undefined) found.push(diagnose("cli/build-arg-without-use", { name }, location));
        else if (isAlone) found.push(diagnose("cli/build-arg-without-value", { name }, location));
        else if (isSaid(result, flag)) {
          const other = given.get(flag) ?? longName(flag);
          found.push(diagnose("cli/said-twice", { name, other }, location));
        } else {
          given.set(flag, name);
          result = withFlag(result, flag, argument.value);
        }
        break;
      }
    }
  }
  if (found.length > 0) throw new CompileError(found);
  return result;
}

/** Whether a flag that has one value has it already. */
function isSaid(flags: GenerateFlags, flag: keyof GenerateFlags): boolean {
  return flag !== "secret" && flag !== "binding" && flags[flag] !== undefined;
}

function longName(flag: keyof GenerateFlags): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function withFlag<Flags extends GenerateFlags>(
  flags: Flags,
  flag: keyof GenerateFlags,
  value: string,
): Flags {
  if (flag === "secret") return { ...flags, secret: [...(flags.secret ?? []), ...listed(value, ",")] };
  if (flag === "binding") return { ...flags, binding: [...(flags.binding ?? []), ...listed(value, ";")] };
  return { ...flags, [flag]: value };
}

function listed(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
