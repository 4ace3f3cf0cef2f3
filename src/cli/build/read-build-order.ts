import { resolve } from "node:path";
import type {
  BuildOrder,
  EngineOrder,
  ImageOrder,
  NamedPlace,
  OutputOrder,
} from "../../build/build-order.ts";
import { readCachePlace } from "../../build/caches/cache-place.ts";
import type { SourceName } from "../../build/source/open-source.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { type BuildOutput, parseAttributes, parseOutput } from "../../engines/outputs/build-output.ts";
import { fullName, parseReference } from "../../image/reference.ts";
import { helperImage } from "../../options/table/generated-file.ts";
import { optionVariable } from "../../options/table.ts";
import { present } from "../../present.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../../registry/options.ts";
import type { BuildFlags } from "../flags.ts";
import { registryOptions } from "../project/compile-project.ts";
import { readPlatforms } from "../project/options.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the artifacts go where nobody says. */
const usualArtifacts = "artifacts";

/**
 * Flags, and what variables say where no flag does, as the order of a build. In: SOURCE; what has been found wrong already.
 * Throws CompileError with everything that is wrong.
 */
export function readBuildOrder(
  argument: string | undefined,
  flags: BuildFlags,
  env: Environment,
  before: readonly Diagnostic[] = [],
): BuildOrder {
  const found: Diagnostic[] = [...before];
  // In the order in which what is wrong is told.
  const platforms = readPlatforms(flags.platform ?? [], found);
  const outputs = outputOrder(flags, env, found);
  const order: BuildOrder = {
    source: {
      ...present({ argument }),
      name: sourceName(flags),
      hasTerminal: process.stdin.isTTY === true,
      ...present({ root: flags.root }),
    },
    image: { platforms, ...imageOrder(flags, env, found) },
    outputs,
    caches: cacheOrder(flags, env, found),
    handed: {
      ...handedTexts(flags),
      ...{ refusesUnused: true, ignoresChangedSecrets: flags.secretPolicy === "ignore" },
    },
    engine: engineOrder(flags, env),
    run: {
      noCache: flags.cache === false,
      noCacheFilter: flags.noCacheFilter ?? [],
      pull: flags.pull ?? false,
      limits: limitsOf(flags),
      policy: present({
        sourcePolicy: flags.sourcePolicyFile,
        allowedDownloads: flags.allowedDownloads,
      }),
    },
    shown: {
      progress: flags.quiet === true ? "quiet" : (flags.progress ?? "auto"),
      isDryRun: flags.dryRun ?? false,
      tellsSteps: flags.json ?? false,
    },
    registries: readRegistries(flags, found),
    env,
  };
  if (found.length > 0) throw new CompileError(found);
  return order;
}

function sourceName(flags: BuildFlags): SourceName {
  const { path, git, keepGitDir, allowLocalGit, submodules, maxSourceSize, maxSourceEntries } = flags;
  const file = flags.file ?? flags.descriptor;
  return present({
    ...{ path, git, file, keepGitDir, allowLocalGit, submodules, maxSourceSize, maxSourceEntries },
  });
}

function imageOrder(flags: BuildFlags, env: Environment, found: Diagnostic[]): Omit<ImageOrder, "platforms"> {
  const named = flags.image || env[optionVariable("frontendImage")] || undefined;
  return {
    tags: readTags(flags.tag ?? [], found),
    shownTags: flags.tag ?? [],
    labels: flags.label ?? [],
    annotations: flags.annotation ?? [],
    hasGitMetadata: flags.gitMetadata ?? false,
    ...present({ target: flags.target }),
    attestations: readAttestations(flags, found),
    frontend: {
      ...{ reference: named ?? helperImage, isNamed: named !== undefined },
      ...present({ nodeImage: flags.nodeImage || env[optionVariable("nodeImage")] || undefined }),
    },
  };
}

function outputOrder(flags: BuildFlags, env: Environment, found: Diagnostic[]): OutputOrder {
  const outputs = readOutputs(flags.output ?? [], found);
  const artifacts = flags.artifacts === true ? usualArtifacts : flags.artifacts;
  if (artifacts !== undefined && flags.target !== undefined) {
    found.push(diagnose("cli/artifacts-and-target", { target: flags.target }, { file: "--artifacts" }));
  }
  const { metadataFile, iidfile, downloads } = flags;
  return {
    ...{ outputs, push: flags.push ?? false, load: flags.load ?? false },
    ...present({ artifacts }),
    files: present({ metadataFile, iidfile, downloads }),
    guarded: [],
    patterns: [],
    epoch: { ...present({ text: env.SOURCE_DATE_EPOCH }), saidBy: "--output" },
    describesArchive: false,
  };
}

function cacheOrder(
  { buildpackCacheFrom: from, buildpackCacheTo: to }: BuildFlags,
  env: Environment,
  found: Diagnostic[],
): BuildOrder["caches"] {
  const { BUILDKIT_LOCAL_CACHE_IMPORT: localFrom, BUILDKIT_LOCAL_CACHE_EXPORT: localTo } = env;
  return {
    buildpacks: {
      ...(from === undefined ? {} : { from: readCachePlace(from, "--buildpack-cache-from", found) }),
      ...(to === undefined ? {} : { to: readCachePlace(to, "--buildpack-cache-to", found) }),
    },
    local: present({ from: localFrom || undefined, to: localTo || undefined }),
  };
}

function handedTexts({ secret, ssh, binding, buildContext, cacheFrom, cacheTo }: BuildFlags) {
  return present({ secret, ssh, binding, buildContext, cacheFrom, cacheTo });
}

function engineOrder(flags: BuildFlags, env: Environment): EngineOrder {
  const { buildkitTlsServerName: tlsServerName, stateDir } = flags;
  const registryFlags = {
    "--registry-mirror": flags.registryMirror,
    "--insecure-registry": flags.insecureRegistry,
    "--registry-ca": flags.registryCa,
  };
  const ownFlags = [
    { flag: "--buildx-builder", value: flags.buildxBuilder, engine: "buildx" },
    { flag: "--buildkit-host", value: flags.buildkitHost, engine: "buildkit" },
    { flag: "--buildkit-tls-dir", value: flags.buildkitTlsDir, engine: "buildkit" },
    { flag: "--buildkit-tls-server-name", value: tlsServerName, engine: "buildkit" },
    { flag: "--state-dir", value: stateDir, engine: "daemonless" },
  ] as const;
  return {
    choice: flags.engine ?? "auto",
    ...present({
      buildx: namedPlace("--buildx-builder", flags.buildxBuilder, "BUILDX_BUILDER", env),
      buildkit: namedPlace("--buildkit-host", flags.buildkitHost, "BUILDKIT_HOST", env),
      tlsDirectory: flags.buildkitTlsDir ?? (env.BUILDKIT_TLS_DIR || undefined),
      tlsServerName,
      stateDirectory: stateDir === undefined ? undefined : resolve(stateDir),
    }),
    registryFlags: Object.entries(registryFlags).flatMap(([flag, value]) =>
      value === undefined ? [] : [flag],
    ),
    engineFlags: ownFlags.flatMap(({ flag, value, engine }) =>
      value === undefined ? [] : [{ flag, engine }],
    ),
  };
}

function namedPlace(
  flag: string,
  text: string | undefined,
  variable: string,
  env: Environment,
): NamedPlace | undefined {
  if (text !== undefined) return { value: text, saidBy: flag, isFlag: true };
  const value = env[variable];
  return value ? { value, saidBy: variable, isFlag: false } : undefined;
}

function limitsOf(flags: BuildFlags): BuildOrder["run"]["limits"] {
  const { cgroupParent, network, shmSize, proxyNetwork } = flags;
  return {
    ...{ addHosts: flags.addHost ?? [], allow: flags.allow ?? [], ulimits: flags.ulimit ?? [] },
    ...present({ cgroupParent, network, shmSize }),
    ...(proxyNetwork === true ? { proxyNetwork } : {}),
  };
}

function readRegistries(flags: BuildFlags, found: Diagnostic[]): RegistryOptions {
  try {
    return registryOptions(flags);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    found.push(...error.diagnostics);
    return defaultRegistryOptions;
  }
}

function readOutputs(texts: readonly string[], found: Diagnostic[]): BuildOutput[] {
  return texts.flatMap((text) => {
    const output = parseOutput(text);
    if (output !== undefined) return [output];
    found.push(diagnose("cli/bad-output", { text }, { file: "--output" }));
    return [];
  });
}

function readTags(texts: readonly string[], found: Diagnostic[]): string[] {
  return texts.flatMap((text) => {
    const reference = parseReference(text);
    if (reference !== undefined && reference.digest === undefined && reference.place === undefined) {
      return [fullName(reference)];
    }
    found.push(diagnose("cli/bad-tag", { text }, { file: "--tag" }));
    return [];
  });
}

function readAttestations(
  { attest = [], sbom, provenance }: BuildFlags,
  found: Diagnostic[],
): Record<string, string> {
  const listed = attest.flatMap((text) => {
    const { type, disabled, ...attributes } = parseAttributes(text) ?? {};
    if (type === undefined) {
      found.push(diagnose("cli/bad-attestation", { text }, { file: "--attest" }));
      return [];
    }
    const isOff = disabled !== undefined && !/^(?:0|f|false)$/i.test(disabled);
    const value = Object.entries(attributes)
      .map(([name, part]) => `${name}=${part}`)
      .join(",");
    return [[type, isOff ? "false" : value || "true"] as const];
  });
  return { ...Object.fromEntries(listed), ...present({ sbom, provenance }) };
}
