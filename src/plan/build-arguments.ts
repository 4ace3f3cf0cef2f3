import type { EnvVariable } from "../descriptor/project-descriptor.ts";
import { closest } from "../diagnostics/did-you-mean.ts";

/** An option that can be given as a build argument, too. */
export type ArgumentOption =
  | "builder"
  | "runImage"
  | "platformApi"
  | "processType"
  | "previousImage"
  | "cacheId"
  | "cacheScope"
  | "secrets"
  | "bindings"
  | "volumes"
  | "ssh"
  | "execEnv"
  | "runImageMirror"
  | "buildpacks"
  | "preBuildpacks"
  | "postBuildpacks"
  | "buildpackRegistry"
  | "syftImage"
  | "grypeImage"
  | "vulnerabilityDatabase"
  | "maxDatabaseAge"
  | "scanConfig"
  | "sbomFormat"
  | "failOn"
  | "source"
  | "sourceDirectory"
  | "workspaceMode"
  | "sourcePlace"
  | "replacedImage"
  | SwitchOption;

const switchOptions = [
  "withoutSystemBuildpacks",
  "caCertificate",
  "keepGitDirectory",
  "keepModes",
  "sbomAttestations",
] as const;

/** An option that is on or off. */
export type SwitchOption = (typeof switchOptions)[number];

export function isSwitch(option: ArgumentOption): option is SwitchOption {
  return switchOptions.some((name) => name === option);
}

/**
 * Build arguments that are options. `CNB_SECRETS` and buildpacks are lists with commas between, `CNB_BINDINGS` and
 * `CNB_VOLUMES` have semicolons.
 */
export const argumentOptions: Readonly<Record<string, ArgumentOption>> = {
  CNB_BUILDER: "builder",
  CNB_RUN_IMAGE: "runImage",
  CNB_PLATFORM_API: "platformApi",
  CNB_PROCESS_TYPE: "processType",
  CNB_PREVIOUS_IMAGE: "previousImage",
  CNB_CACHE_ID: "cacheId",
  CNB_CACHE_SCOPE: "cacheScope",
  CNB_SECRETS: "secrets",
  CNB_BINDINGS: "bindings",
  CNB_VOLUMES: "volumes",
  CNB_SSH: "ssh",
  CNB_EXEC_ENV: "execEnv",
  CNB_RUN_IMAGE_MIRROR: "runImageMirror",
  CNB_BUILDPACKS: "buildpacks",
  CNB_PRE_BUILDPACKS: "preBuildpacks",
  CNB_POST_BUILDPACKS: "postBuildpacks",
  CNB_BUILDPACK_REGISTRY: "buildpackRegistry",
  CNB_DISABLE_SYSTEM_BUILDPACKS: "withoutSystemBuildpacks",
  CNB_CA_CERT: "caCertificate",
  CNB_KEEP_GIT_DIR: "keepGitDirectory",
  CNB_KEEP_MODES: "keepModes",
  CNB_WORKSPACE_MODE: "workspaceMode",
  CNB_SYFT_IMAGE: "syftImage",
  CNB_GRYPE_IMAGE: "grypeImage",
  CNB_VULNERABILITY_DB: "vulnerabilityDatabase",
  CNB_VULNERABILITY_DB_MAX_AGE: "maxDatabaseAge",
  CNB_SCAN_CONFIG: "scanConfig",
  CNB_SBOM_FORMAT: "sbomFormat",
  CNB_FAIL_ON: "failOn",
  CNB_SBOM_ATTESTATIONS: "sbomAttestations",
  CNB_DOCKERFILE_SOURCE: "source",
  CNB_DOCKERFILE_SOURCE_DIRECTORY: "sourceDirectory",
  CNB_DOCKERFILE_SOURCE_PLACE: "sourcePlace",
  CNB_DOCKERFILE_REPLACED_IMAGE: "replacedImage",
};

/** Reads the value of an option that is on or off. Undefined: it is neither. Source: BuildKit's own arguments. */
export function readSwitch(value: string): boolean | undefined {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  return /^(?:0|f|false)$/i.test(value) ? false : undefined;
}

/** Items of an argument that is a list. */
export function listItems(text: string, separator: "," | ";"): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** What a build argument means to a buildpacks build. */
export type BuildArgument =
  | { readonly kind: "option"; readonly option: ArgumentOption; readonly value: string }
  /** A build-time variable, as Dockerfiles that declare an ARG would have it. */
  | { readonly kind: "variable"; readonly variable: EnvVariable }
  /** BuildKit's own: it acts on the build, whatever is built. */
  | { readonly kind: "buildkit" }
  /** Begins as an option does, and is none. */
  | { readonly kind: "unknown"; readonly suggestion: string | undefined };

/** Source: Dockerfile reference, "Predefined ARGs", "BuildKit built-in build args" and "Automatic platform ARGs". */
const buildkitArgument =
  /^(?:(?:https?|ftp|no|all)_proxy|SOURCE_DATE_EPOCH|BUILDKIT_\w+|(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT))$/i;

export function readBuildArgument({ name, value }: EnvVariable): BuildArgument {
  const option = Object.hasOwn(argumentOptions, name) ? argumentOptions[name] : undefined;
  if (option !== undefined) return { kind: "option", option, value };
  if (name.startsWith("CNB_")) {
    return { kind: "unknown", suggestion: closest(name, Object.keys(argumentOptions)) };
  }
  return buildkitArgument.test(name) ? { kind: "buildkit" } : { kind: "variable", variable: { name, value } };
}
