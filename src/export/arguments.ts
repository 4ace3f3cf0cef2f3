import { escapeId } from "../contract/escape-id.ts";
import { parsePlatform } from "../image/platform.ts";
import type { ByteString } from "../layer/byte-string.ts";
import { assembleArgument, cacheScopeArgument } from "../options/step-variables.ts";
import type { CacheSeedRequest } from "./cache/cache-seed.ts";
import type { CacheStateRequest } from "./cache/cache-state.ts";
import type { CarryRequest, UnpackRequest } from "./cache/carry-cache.ts";
import { boolean, flags, path, required, text, texts, UsageError } from "./flag-values.ts";
import type { CacheListRequest, CacheOnlyRequest, ExportRequest, MemoryPlace } from "./image/export.ts";
import type { SaidRequest } from "./inspect/said-sbom.ts";
import {
  databaseCommand,
  gateCommand,
  type InspectionCommand,
  sbomCommand,
  scanCommand,
  scannerCommand,
} from "./inspection-arguments.ts";
import type { OfferRequest } from "./memory/offer.ts";
import type { TakeRequest } from "./memory/take-image.ts";
import type { DescribeRequest } from "./modules/describe.ts";
import type { ModuleName, ModuleRequest } from "./modules/module.ts";
import type { NativeRequest } from "./phase/native-runtime.ts";
import type { PhaseCopy, PhaseRequest } from "./phase/phase.ts";
import type { SourceRequest } from "./source/source.ts";

export const usage = `Runs inside a cnb-dockerfile build.

files  --from FILES.json --to DIR
source --from DIR --to DIR [--exclude PATTERN]… | [--include PATTERN]… [--descriptor PATH] [--keep-git-directory]
       [--keep-modes] [--workspace-mode MODE] [--runs-as-other] [--warnings FILE.json]
export --layers DIR --app DIR --lifecycle DIR --user UID:GID --output DIR --platform-api VERSION
       [--cache DIR] [--launch-slots N] [--app-slots N] [--only-generated] [--process-type TYPE]
       [--lifecycle-version VERSION] [--exec-env NAME] [--root DIR] [--listed FILE.json]
       [--warnings FILE.json] [--kept DIR --platforms DIR]
cache-state --cache DIR --to FILE.json [--id ID] [[--offer DIR] --kept DIR --platforms DIR]
       [--exec-env NAME]
cache-seed --cache DIR --base DIR --base-scope NAME
cache-pack --cache DIR --mount ID --to DIR
cache-unpack --cache DIR --mount ID --from DIR [--or ID]
cache  --layers DIR --user UID:GID --cache DIR --platform-api VERSION [--root DIR] [--kept DIR --platforms DIR]
       [--exec-env NAME]
recall --from FILE --to DIR
memory-look --cache DIR --to FILE
memory-take --cache DIR --offer DIR --image DIR [--exec-env NAME]
module --from PATH | --image DIR --to DIR --expect ID@VERSION… [--platform OS/ARCH] [--warnings FILE.json]
digest --from DIR --to FILE
sbom   --rootfs DIR --buildpacks DIR --syft DIR --to DIR
vulnerability-db --grype DIR --to DIR [--certificates FILE]
scan   --sbom DIR --grype DIR --database DIR --config FILE --to DIR
gate   --scan DIR
scanner --syft DIR
describe --root DIR [--module PATH] [--shown TEXT] --to FILE.json
native --to DIR [--root DIR]
phase  [--opened FROM:TO]… [--copy FROM:TO]… [--closed FROM:TO]… [--open DIR] [--hidden PREFIX]
       [--join-certificates FROM:TO | --build-config DIR] -- PROGRAM [ARGUMENT]…
`;

/** One call of the program. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "files"; readonly from: ByteString; readonly to: ByteString }
  | ({ readonly kind: "source" } & SourceRequest & StepWarnings)
  | ({ readonly kind: "export" } & ExportRequest & StepWarnings)
  | ({ readonly kind: "cache" } & CacheCall & StepWarnings)
  | ({ readonly kind: "cache-list"; readonly to: ByteString } & CacheListRequest & StepWarnings)
  | ({
      readonly kind: "cache-state";
      readonly to: ByteString;
      /** Absent: nothing is remembered. */
      readonly offer?: OfferRequest;
    } & CacheStateRequest)
  | { readonly kind: "memory-look"; readonly cacheDirectory: ByteString; readonly to: ByteString }
  | ({ readonly kind: "memory-take" } & TakeRequest)
  | { readonly kind: "recall"; readonly from: ByteString; readonly to: ByteString }
  | ({ readonly kind: "cache-seed" } & CacheSeedRequest)
  | ({ readonly kind: "cache-pack"; readonly to: ByteString } & CarryRequest)
  | ({ readonly kind: "cache-unpack"; readonly from: ByteString } & UnpackRequest)
  | ({ readonly kind: "module" } & ModuleRequest & StepWarnings)
  | ({ readonly kind: "said" } & SaidRequest & StepWarnings)
  | InspectionCommand
  | { readonly kind: "digest"; readonly from: ByteString; readonly to: ByteString }
  | ({ readonly kind: "describe" } & DescribeRequest)
  | ({ readonly kind: "native" } & NativeRequest)
  | ({ readonly kind: "phase" } & PhaseRequest);

interface StepWarnings {
  /** Where warnings are left beside being printed; absent: nowhere. */
  readonly warningsFile?: ByteString;
}

interface CacheCall extends CacheOnlyRequest {
  /** Whether to fail when it cannot be written: it is all that was asked for. An image is as good without. */
  readonly isRequired: boolean;
}

/** File in the output directory that says what a cache would consist of. */
const cacheListName = "cache.json";

/** Reads the words after the program's name. Throws UsageError. */
export function readCommand(words: readonly string[]): Command {
  const [name, ...rest] = words;
  const end = rest.indexOf("--");
  if (name === "--help" || (end === -1 ? rest : rest.slice(0, end)).includes("--help"))
    return { kind: "help" };
  switch (name) {
    case "files":
      return { kind: name, ...placesOf(rest) };
    case "source":
      return sourceCommand(rest);
    case "export":
      return exportCommand(rest);
    case "cache":
      return cacheCommand(rest);
    case "cache-state":
      return cacheStateCommand(rest);
    case "cache-seed":
      return cacheSeedCommand(rest);
    case "cache-pack":
      return cachePackCommand(rest);
    case "cache-unpack":
      return cacheUnpackCommand(rest);
    case "recall":
      return { kind: name, ...placesOf(rest) };
    case "memory-look":
      return memoryLookCommand(rest);
    case "memory-take":
      return memoryTakeCommand(rest);
    case "module":
      return moduleCommand(rest);
    case "digest":
      return { kind: name, ...placesOf(rest) };
    case "describe":
      return describeCommand(rest);
    case "native":
      return nativeCommand(rest);
    case "phase":
      return phaseCommand(rest);
    case "sbom":
      return sbomCommand(rest);
    case "vulnerability-db":
      return databaseCommand(rest);
    case "scan":
      return scanCommand(rest);
    case "gate":
      return gateCommand(rest);
    case "scanner":
      return scannerCommand(rest);
    default:
      throw new UsageError(
        `There is no command ${JSON.stringify(name ?? "")}: it is files, source, export, cache, cache-state, cache-seed, cache-pack, cache-unpack, recall, memory-look, memory-take, module, digest, describe, sbom, vulnerability-db, scan, gate, scanner, native or phase.`,
      );
  }
}

/** Of commands that make one thing of another. */
function placesOf(words: string[]): { readonly from: ByteString; readonly to: ByteString } {
  const values = flags(words, { from: text, to: text });
  return { from: path("--from", values.from), to: path("--to", values.to) };
}

function nativeCommand(words: string[]): Command {
  const values = flags(words, { to: text, root: text });
  return {
    kind: "native",
    to: required("--to", values.to),
    ...(values.root === undefined ? {} : { root: values.root }),
  };
}

/** What stands behind `--` is the phase's own. */
function phaseCommand(words: string[]): Command {
  const end = words.indexOf("--");
  const [program, ...rest] = end === -1 ? [] : words.slice(end + 1);
  if (program === undefined) throw new UsageError("-- PROGRAM is missing.");
  const values = flags(words.slice(0, end), {
    ...{ opened: texts, copy: texts, closed: texts },
    ...{ open: text, hidden: text, "join-certificates": text, "build-config": text },
  });
  const copies = (["opened", "copy", "closed"] as const).flatMap((flag) =>
    (values[flag] ?? []).map(
      (places): PhaseCopy => ({
        ...fromTo(`--${flag}`, places),
        access: flag === "copy" ? "same" : flag,
      }),
    ),
  );
  const { "join-certificates": joined, "build-config": buildConfig } = values;
  return {
    ...{ kind: "phase", copies, argv: [program, ...rest] },
    ...(values.open === undefined ? {} : { opened: path("--open", values.open) }),
    ...(values.hidden === undefined ? {} : { hiddenPrefix: values.hidden }),
    ...(joined === undefined ? {} : { joinedCertificates: fromTo("--join-certificates", joined) }),
    ...(buildConfig === undefined ? {} : { buildConfigDirectory: required("--build-config", buildConfig) }),
  };
}

function fromTo(flag: string, places: string): { readonly from: ByteString; readonly to: ByteString } {
  const [from, to, ...others] = places.split(":");
  if (others.length > 0) throw new UsageError(`${flag} is FROM:TO, not ${JSON.stringify(places)}.`);
  return { from: path(flag, from), to: path(flag, to) };
}

function memoryLookCommand(words: string[]): Command {
  const values = flags(words, { cache: text, to: text });
  return {
    kind: "memory-look",
    cacheDirectory: path("--cache", values.cache),
    to: path("--to", values.to),
  };
}

function memoryTakeCommand(words: string[]): Command {
  const values = flags(words, { cache: text, offer: text, image: text, "exec-env": text });
  return {
    kind: "memory-take",
    cacheDirectory: path("--cache", values.cache),
    offerDirectory: path("--offer", values.offer),
    imageDirectory: path("--image", values.image),
    execEnv: values["exec-env"] ?? defaultExecEnv,
  };
}

function describeCommand(words: string[]): Command {
  const values = flags(words, { root: text, module: text, shown: text, to: text });
  const { module = "", shown } = values;
  if (module.startsWith("/") || module.split("/").includes("..")) {
    throw new UsageError(`--module is a path below --root, not ${JSON.stringify(module)}.`);
  }
  return {
    kind: "describe",
    root: path("--root", values.root),
    path: module,
    ...(shown === undefined ? {} : { shown }),
    to: path("--to", values.to),
  };
}

function sourceCommand(words: string[]): Command {
  const values = flags(words, {
    from: text,
    to: text,
    exclude: texts,
    include: texts,
    descriptor: text,
    "keep-git-directory": boolean,
    "keep-modes": boolean,
    "workspace-mode": text,
    "runs-as-other": boolean,
    warnings: text,
  });
  const { exclude = [], include = [], descriptor } = values;
  if (exclude.length > 0 && include.length > 0)
    throw new UsageError("--exclude and --include exclude each other.");
  if (descriptor?.startsWith("/") || descriptor?.split("/").includes("..")) {
    throw new UsageError(`--descriptor is a path inside the source, not ${JSON.stringify(descriptor)}.`);
  }
  const mode = values["workspace-mode"] ?? "0777";
  if (!/^[0-7]{4}$/.test(mode)) {
    throw new UsageError(`--workspace-mode is four octal digits, not ${JSON.stringify(mode)}.`);
  }
  return {
    kind: "source",
    from: path("--from", values.from),
    to: path("--to", values.to),
    exclude,
    include,
    ...(descriptor === undefined ? {} : { descriptor }),
    keepGitDirectory: values["keep-git-directory"] ?? false,
    keepModes: values["keep-modes"] ?? false,
    mode: Number.parseInt(mode, 8),
    runsAsOther: values["runs-as-other"] ?? false,
    ...warningsOf(values),
  };
}

function exportCommand(words: string[]): Command {
  const values = flags(words, {
    root: text,
    layers: text,
    app: text,
    lifecycle: text,
    user: text,
    output: text,
    cache: text,
    "launch-slots": text,
    "app-slots": text,
    "only-generated": boolean,
    "process-type": text,
    "platform-api": text,
    "lifecycle-version": text,
    "exec-env": text,
    listed: text,
    warnings: text,
    kept: text,
    platforms: text,
  });
  const { "process-type": processType, "lifecycle-version": lifecycleVersion } = values;
  // The frontend's way to say what it wants of the step, which needs no other Dockerfile.
  const part = process.env[assembleArgument];
  if (part === "cache") {
    const listed = values.listed === undefined ? {} : { listFile: path("--listed", values.listed) };
    return { kind: "cache", isRequired: false, ...cacheOnly(values), ...listed, ...warningsOf(values) };
  }
  if (part === "cache-list") {
    const to = path("--output", values.output);
    return {
      kind: "cache-list",
      to: `${to}/${cacheListName}`,
      ...cacheListOnly(values),
      ...warningsOf(values),
    };
  }
  if (part === "sbom") {
    return {
      kind: "said",
      root: path("--root", values.root ?? "/"),
      layersDirectory: path("--layers", values.layers),
      lifecycleDirectory: path("--lifecycle", values.lifecycle),
      to: path("--output", values.output),
      ...warningsOf(values),
    };
  }
  const hasCache = values.cache !== undefined && part !== "image";
  return {
    kind: "export",
    root: path("--root", values.root ?? "/"),
    layersDirectory: path("--layers", values.layers),
    appDirectory: path("--app", values.app),
    lifecycleDirectory: path("--lifecycle", values.lifecycle),
    owner: owner(required("--user", values.user)),
    outputDirectory: path("--output", values.output),
    ...(hasCache ? { cacheDirectory: path("--cache", values.cache) } : {}),
    ...memoryPlace(values),
    launchSlots: count("--launch-slots", values["launch-slots"]),
    appSlots: count("--app-slots", values["app-slots"]),
    onlyGenerated: values["only-generated"] ?? part === "image",
    ...(processType === undefined ? {} : { processType }),
    platformApi: required("--platform-api", values["platform-api"]),
    ...(lifecycleVersion === undefined ? {} : { lifecycleVersion }),
    execEnv: values["exec-env"] ?? defaultExecEnv,
    ...warningsOf(values),
  };
}

/** Source: CNB platform spec, "Execution environments". */
const defaultExecEnv = "production";

type MemoryValues = Partial<Record<"kept" | "platforms" | "exec-env", string>>;

/** Where the memory is; empty: nothing is remembered. */
function memoryPlace(values: MemoryValues): { readonly memory?: MemoryPlace } {
  if (values.kept === undefined) return {};
  return { memory: { keptDirectory: path("--kept", values.kept), ...baseRequest(values) } };
}

function baseRequest(values: MemoryValues): Omit<MemoryPlace, "keptDirectory"> {
  return {
    platformsDirectory: path("--platforms", values.platforms),
    // As the stage declares it.
    platform: required("TARGETPLATFORM", process.env.TARGETPLATFORM),
    execEnv: values["exec-env"] ?? defaultExecEnv,
  };
}

function cacheCommand(words: string[]): Command {
  const values = flags(words, {
    ...{ root: text, layers: text, user: text, cache: text, "platform-api": text },
    ...{ kept: text, platforms: text, "exec-env": text },
  });
  return { kind: "cache", isRequired: true, ...cacheOnly(values) };
}

function cacheStateCommand(words: string[]): Command {
  const values = flags(words, {
    ...{ cache: text, to: text, id: text },
    ...{ offer: text, kept: text, platforms: text, "exec-env": text },
  });
  const cacheDirectory = path("--cache", values.cache);
  // As the stage declares them.
  const {
    [cacheScopeArgument]: scope,
    BUILDKIT_CACHE_MOUNT_NS: namespace,
    TARGETPLATFORM: platform,
  } = process.env;
  const identity = Object.entries({ id: values.id, scope, namespace, platform }).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value] as const],
  );
  return {
    kind: "cache-state",
    cacheDirectory,
    to: path("--to", values.to),
    identity: Object.fromEntries(identity),
    ...(values.kept === undefined ? {} : { offer: offerRequest(cacheDirectory, values) }),
  };
}

function offerRequest(
  cacheDirectory: ByteString,
  values: MemoryValues & { readonly offer?: string },
): OfferRequest {
  return {
    ...{ cacheDirectory, ...baseRequest(values) },
    ...(values.offer === undefined ? {} : { offerDirectory: path("--offer", values.offer) }),
    keptDirectory: path("--kept", values.kept),
  };
}

function cacheSeedCommand(words: string[]): Command {
  const values = flags(words, { cache: text, base: text, "base-scope": text });
  return {
    kind: "cache-seed",
    cacheDirectory: path("--cache", values.cache),
    baseDirectory: path("--base", values.base),
    baseScope: required("--base-scope", values["base-scope"]),
  };
}

function cachePackCommand(words: string[]): Command {
  const values = flags(words, { cache: text, mount: text, to: text });
  return { kind: "cache-pack", ...carryRequest(values), to: path("--to", values.to) };
}

function cacheUnpackCommand(words: string[]): Command {
  const values = flags(words, { cache: text, mount: text, from: text, or: text });
  return {
    kind: "cache-unpack",
    ...carryRequest(values),
    ...(values.or === undefined ? {} : { otherMount: values.or }),
    from: path("--from", values.from),
  };
}

function carryRequest(values: Partial<Record<"cache" | "mount", string>>): CarryRequest {
  return { cacheDirectory: path("--cache", values.cache), mount: required("--mount", values.mount) };
}

type CacheValues = MemoryValues &
  Partial<Record<"root" | "layers" | "user" | "cache" | "platform-api", string>>;

function cacheOnly(values: CacheValues): CacheOnlyRequest {
  return { ...cacheListOnly(values), cacheDirectory: path("--cache", values.cache) };
}

function cacheListOnly(values: CacheValues): CacheListRequest {
  return {
    root: path("--root", values.root ?? "/"),
    layersDirectory: path("--layers", values.layers),
    owner: owner(required("--user", values.user)),
    platformApi: required("--platform-api", values["platform-api"]),
    ...memoryPlace(values),
  };
}

function moduleCommand(words: string[]): Command {
  const values = flags(words, {
    from: text,
    image: text,
    to: text,
    expect: texts,
    platform: text,
    warnings: text,
  });
  // BuildKit's name for the platform that is built for; there where the stage declares it.
  const named = values.platform ?? process.env.TARGETPLATFORM;
  const platform = named === undefined ? undefined : parsePlatform(named);
  if (named !== undefined && platform === undefined) {
    throw new UsageError(`--platform is OS/ARCH, not ${JSON.stringify(named)}.`);
  }
  const expected = (values.expect ?? []).map(moduleName);
  if (expected.length === 0) throw new UsageError("--expect is missing.");
  if (values.from !== undefined && values.image !== undefined)
    throw new UsageError("--from and --image exclude each other.");
  return {
    kind: "module",
    ...(values.image === undefined
      ? { from: path("--from", values.from), isImage: false }
      : { from: path("--image", values.image), isImage: true }),
    to: path("--to", values.to),
    expected,
    ...(platform === undefined ? {} : { platform }),
    ...warningsOf(values),
  };
}

function warningsOf({ warnings }: { readonly warnings?: string | undefined }): StepWarnings {
  return warnings === undefined ? {} : { warningsFile: path("--warnings", warnings) };
}

/** `ID@VERSION`. Both become names of directories, an id with its slashes replaced. */
function moduleName(value: string): ModuleName {
  const [, id = "", version = ""] = /^(.+)@([^@]+)$/s.exec(value) ?? [];
  const isName = (name: string) => name !== "" && !/^\.{1,2}$|[/\0]/.test(name);
  if (!isName(escapeId(id)) || !isName(version)) {
    throw new UsageError(`--expect is ID@VERSION, not ${JSON.stringify(value)}.`);
  }
  return { id, version };
}

function owner(value: string): ExportRequest["owner"] {
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(value);
  if (match === null) throw new UsageError(`--user is UID:GID in numbers, not ${JSON.stringify(value)}.`);
  return { uid: Number(match[1]), gid: Number(match[2]) };
}

/** At least one; more than an image can have layers is a slip. */
function count(flag: string, value = "1"): number {
  if (!/^[1-9]\d{0,2}$/.test(value))
    throw new UsageError(`${flag} is a number from 1, not ${JSON.stringify(value)}.`);
  return Number(value);
}
