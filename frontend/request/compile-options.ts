import { randomUUID } from "node:crypto";
import {
  type ArgumentOption,
  argumentOptions,
  CompileError,
  type CompileOptions,
  checkEnvVariable,
  type Diagnostic,
  declarationFaults,
  diagnose,
  type EnvVariable,
  isSwitch,
  listItems,
  type Platform,
  parseBinding,
  parseVolumeItem,
  readBuildArgument,
  readSupplyChainOptions,
  readSwitch,
  readWorkspaceMode,
  type SwitchOption,
  version,
} from "../../src/index.ts";
import { type FrontendOptions, keepsGitDirectory, optionsWith } from "./options.ts";

/** Name that a Dockerfile of ours gives our own image; the build is told what it stands for. No registry can have it. */
export const ownImageName = "cnb-dockerfile.invalid/own:image";

/** The build argument of each option. */
const argumentNames: Readonly<Partial<Record<ArgumentOption, string>>> = Object.fromEntries(
  Object.entries(argumentOptions).map(([name, option]) => [option, name]),
);

/** What build arguments say, sorted by what they are. */
interface Arguments {
  readonly options: Partial<Record<Exclude<ArgumentOption, SwitchOption>, string>>;
  readonly switches: Partial<Record<SwitchOption, boolean>>;
  readonly variables: readonly EnvVariable[];
}

/**
 * Options of the compiler from the options of a build. In: where the descriptor lies in the context; absent: it does
 * not. Throws CompileError with every build argument that is wrong.
 */
export function readCompileOptions(
  frontend: FrontendOptions,
  platforms: readonly Platform[],
  descriptorPath: string | undefined,
): CompileOptions {
  const found: Diagnostic[] = [];
  const { options, switches, variables } = readArguments(frontend, found);
  const location = (name: string) => ({ file: `--build-arg ${name}` });
  const secrets = listItems(options.secrets ?? "", ",").map((name) => ({
    name,
    location: location("CNB_SECRETS"),
  }));
  const bindings = listItems(options.bindings ?? "", ";").flatMap((text) => {
    const binding = parseBinding(text);
    if (binding !== undefined) return [{ ...binding, location: location("CNB_BINDINGS") }];
    found.push(diagnose("cli/bad-binding", { text }, location("CNB_BINDINGS")));
    return [];
  });
  const volumes = listItems(options.volumes ?? "", ";").flatMap((text) => {
    const volume = parseVolumeItem(text, location("CNB_VOLUMES"));
    if (volume !== undefined) return [volume];
    found.push(diagnose("frontend/bad-volume", { text }, location("CNB_VOLUMES")));
    return [];
  });
  const ssh = options.ssh === undefined ? {} : { ssh: { name: options.ssh, location: location("CNB_SSH") } };
  for (const { values, location: at } of declarationFaults({ secrets, bindings, ...ssh })) {
    found.push(diagnose("descriptor/declared-name", values, at));
  }
  const { builder, runImage, runImageMirror, previousImage, processType } = options;
  const { platformApi, cacheId, cacheScope, execEnv } = options;
  const supplyChain = readSupplyChainOptions(
    options,
    (option) => location(argumentNames[option] ?? option),
    found,
  );
  const workspaceMode = options.workspaceMode && readWorkspaceMode(options.workspaceMode);
  if (options.workspaceMode && workspaceMode === undefined) {
    const values = { text: options.workspaceMode };
    found.push(diagnose("plan/bad-workspace-mode", values, location("CNB_WORKSPACE_MODE")));
  }
  if (found.length > 0) throw new CompileError(found);
  return {
    ...(builder === undefined ? {} : { builder }),
    ...(runImage === undefined ? {} : { runImage }),
    ...(runImageMirror === undefined ? {} : { runImageMirror }),
    ...(previousImage === undefined ? {} : { previousImage }),
    ...(processType === undefined ? {} : { processType }),
    ...(platformApi === undefined ? {} : { platformApi }),
    ...(cacheId === undefined ? {} : { cacheId }),
    ...(cacheScope === undefined ? {} : { cacheScope }),
    ...(execEnv === undefined ? {} : { execEnv }),
    buildpacks: listItems(options.buildpacks ?? "", ","),
    preBuildpacks: listItems(options.preBuildpacks ?? "", ","),
    postBuildpacks: listItems(options.postBuildpacks ?? "", ","),
    withoutSystemBuildpacks: switches.withoutSystemBuildpacks ?? false,
    platforms,
    buildEnv: variables,
    secrets,
    bindings,
    volumes,
    ...ssh,
    caCertificate: switches.caCertificate ?? false,
    ...(descriptorPath === undefined ? {} : { descriptorPath }),
    keepGitDirectory: keepsGitDirectory(frontend),
    ...(switches.keepModes === undefined ? {} : { keepModes: switches.keepModes }),
    ...(workspaceMode ? { workspaceMode } : {}),
    fallbackCacheId: `app-${randomUUID()}`,
    ...supplyChain,
    tool: { kind: "image", reference: ownImageName },
    recorded: [],
    version,
  };
}

function readArguments(frontend: FrontendOptions, found: Diagnostic[]): Arguments {
  const options: Partial<Record<Exclude<ArgumentOption, SwitchOption>, string>> = {};
  const switches: Partial<Record<SwitchOption, boolean>> = {};
  const variables: EnvVariable[] = [];
  for (const [name, value] of Object.entries(optionsWith(frontend, "build-arg:"))) {
    const location = { file: `--build-arg ${name}` };
    const argument = readBuildArgument({ name, value });
    switch (argument.kind) {
      case "buildkit":
        break;
      case "variable":
        found.push(...checkEnvVariable(argument.variable, location));
        variables.push(argument.variable);
        break;
      case "unknown":
        found.push(diagnose("cli/build-arg-unknown", { name, suggestion: argument.suggestion }, location));
        break;
      case "option":
        if (isSwitch(argument.option)) {
          const value = readSwitch(argument.value);
          if (value !== undefined) switches[argument.option] = value;
          else found.push(diagnose("cli/build-arg-not-boolean", { name, value: argument.value }, location));
        } else options[argument.option] = argument.value;
        break;
    }
  }
  return { options, switches, variables };
}
