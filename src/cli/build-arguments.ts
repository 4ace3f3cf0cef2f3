import {
  type ArgumentOption,
  CompileError,
  type Diagnostic,
  diagnose,
  listItems,
  readBuildArgument,
  readSwitch,
} from "../index.ts";
import type { GenerateFlags } from "./options.ts";

/** The flag that says what an argument says. Undefined: a file that is built later has no use for it. */
const flagOf: Readonly<Record<ArgumentOption, keyof GenerateFlags | undefined>> = {
  builder: "builder",
  runImage: "runImage",
  platformApi: "platformApi",
  processType: "processType",
  previousImage: undefined,
  cacheId: "cacheId",
  cacheScope: "cacheScope",
  secrets: "secret",
  bindings: "binding",
  // The list has no directories, which `--volume` names.
  volumes: undefined,
  ssh: "ssh",
  execEnv: "execEnv",
  runImageMirror: "runImageMirror",
  buildpacks: "buildpack",
  preBuildpacks: "preBuildpack",
  postBuildpacks: "postBuildpack",
  buildpackRegistry: "buildpackRegistry",
  withoutSystemBuildpacks: "disableSystemBuildpacks",
  caCertificate: "caCert",
  keepGitDirectory: "keepGitDir",
  keepModes: "keepModes",
  workspaceMode: "workspaceMode",
  syftImage: "syftImage",
  grypeImage: "grypeImage",
  vulnerabilityDatabase: "vulnerabilityDb",
  maxDatabaseAge: "vulnerabilityDbMaxAge",
  scanConfig: "scanConfig",
  sbomFormat: "sbomFormat",
  failOn: "failOn",
  sbomAttestations: undefined,
  // The file has the id of its cache; it is made where the repository is.
  source: undefined,
  sourceDirectory: undefined,
  sourcePlace: undefined,
  replacedImage: undefined,
};

/** Flags that can be given several times, and what stands between the items of their arguments. */
const separators = {
  secret: ",",
  binding: ";",
  buildpack: ",",
  preBuildpack: ",",
  postBuildpack: ",",
} as const satisfies Partial<Record<keyof GenerateFlags, "," | ";">>;
const switches = ["disableSystemBuildpacks", "caCert", "keepGitDir", "keepModes"] as const;
type ListFlag = keyof typeof separators;
type SwitchFlag = (typeof switches)[number];

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
        else if (isSwitch(flag) && readSwitch(argument.value) === undefined) {
          found.push(diagnose("cli/build-arg-not-boolean", { name, value: argument.value }, location));
        } else if (isSaid(result, flag)) {
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
  return !isList(flag) && flags[flag] !== undefined;
}

function isList(flag: keyof GenerateFlags): flag is ListFlag {
  return Object.hasOwn(separators, flag);
}

function isSwitch(flag: keyof GenerateFlags): flag is SwitchFlag {
  return switches.some((name) => name === flag);
}

function longName(flag: keyof GenerateFlags): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function withFlag<Flags extends GenerateFlags>(
  flags: Flags,
  flag: keyof GenerateFlags,
  value: string,
): Flags {
  if (isList(flag)) {
    return { ...flags, [flag]: [...(flags[flag] ?? []), ...listItems(value, separators[flag])] };
  }
  return { ...flags, [flag]: isSwitch(flag) ? readSwitch(value) : value };
}
