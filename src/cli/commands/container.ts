import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { buildImage } from "../../build/build-image.ts";
import type { BuildOrder } from "../../build/build-order.ts";
import { usualFile } from "../../build/file/build-file.ts";
import { withPartial } from "../../build/file/source-without.ts";
import { withoutCredentials } from "../../build/source/git/git-url.ts";
import type { Revision } from "../../build/source/source.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { archiveOutput } from "../../engines/outputs/choose-outputs.ts";
import { readCommitTime } from "../../git/commit-time.ts";
import { containerVariable, longFlag, type OptionName, optionsAt } from "../../options/table.ts";
import { present } from "../../present.ts";
import { makeTemporaryDirectory } from "../../private/temporary/temporary-directory.ts";
import { readCertificates } from "../../registry/http/certificates.ts";
import { buildPorts } from "../build/build-ports.ts";
import { readBuildOrder } from "../build/read-build-order.ts";
import { exitUserError } from "../exit-code.ts";
import type { AccessFlags, BuildFlags } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the archive is called. */
const archiveName = "container-image.tar";

/** Variables that say what flags of `build` say elsewhere, by the flags. */
const variables: Readonly<Record<string, string>> = Object.fromEntries(
  optionsAt("container").map(({ flag = "", containerVariable = "" }) => [longFlag(flag), containerVariable]),
);

/** BuildKit knows them in every build. Source: Dockerfile reference, "Predefined ARGs". */
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/**
 * `container`: the program of the builder image. Variables say what to build and where to; a BuildKit of its own builds
 * it. Out: 0, or 1 when there is no archive.
 */
export async function container(env: Environment, terminal: Terminal): Promise<number> {
  try {
    return await buildArchive(readPlaces(env), env, terminal);
  } catch (error) {
    terminal.conclude(faultsOf(error).map(byVariable), false);
    return exitUserError;
  }
}

async function buildArchive(places: Places, env: Environment, terminal: Terminal): Promise<number> {
  const { source, file, state } = places;
  const { path: work, remove } = makeTemporaryDirectory("container");
  const said = (name: OptionName) => env[containerVariable(name)] ?? "";
  try {
    const flags = {
      ...({ engine: "daemonless", stateDir: state, provenance: "false", progress: "auto" } as const),
      ...registryFlags(env),
      ...(said("builtPlatforms") ? { platform: list(said("builtPlatforms")) } : {}),
      ...(said("tag") ? { tag: [said("tag")] } : {}),
      ...(file === "project.toml" && said("builder") ? { builder: said("builder") } : {}),
      ...certificateFlags(env, file, work),
      buildArg: proxies.flatMap((name) => [name, name.toLowerCase()]).filter((name) => env[name]),
    } satisfies BuildFlags;
    const order = archiveOrder(readBuildOrder(source, flags, env), places, env);
    const ending = await buildImage(order, buildPorts(flags, env, terminal));
    if (ending === "failed") {
      terminal.show(diagnose("cli/container-build-failed", { file: join(source, file) }));
    }
    return ending === "done" ? 0 : exitUserError;
  } finally {
    remove();
  }
}

/** The order of an archive, of a source that is mounted: variables say what it is. */
function archiveOrder(order: BuildOrder, { source, archive }: Places, env: Environment): BuildOrder {
  const { attributes, ...output } = archiveOutput(archive, order.image.platforms.length);
  const times = env.SOURCE_DATE_EPOCH ? { "rewrite-timestamp": "true" } : {};
  return {
    ...order,
    source: { ...order.source, revision: readRevision(env, source) },
    outputs: {
      ...order.outputs,
      outputs: [{ ...output, attributes: { ...attributes, ...times } }],
      // Its directory may be a part of the source by another name, as a mount can be.
      guarded: [dirname(archive)],
      patterns: withPartial(join("**", archiveName)),
      epoch: { ...order.outputs.epoch, saidBy: "SOURCE_DATE_EPOCH" },
      describesArchive: true,
    },
    // A CA is offered whatever is built.
    handed: { ...order.handed, refusesUnused: false },
  };
}

/** Absolute paths, and the name of the file to build. */
interface Places {
  readonly source: string;
  readonly file: string;
  readonly archive: string;
  /** Of BuildKit's data. */
  readonly state: string;
}

/** Throws CompileError with everything that is wrong with the mounted directories. */
function readPlaces(env: Environment): Places {
  const source = resolve(env.PLP_SOURCE_PATH || "/source");
  const target = resolve(env.PLP_BUILD_PATH || "/build");
  const cache = resolve(env.PLP_CACHE_PATH || "/tmp/cache");
  const found = [
    ...sourceFaults(source),
    ...writeFaults(target, "PLP_BUILD_PATH"),
    ...writeFaults(cache, "PLP_CACHE_PATH"),
    // Of a container that is read-only.
    ...writeFaults(tmpdir(), "TMPDIR"),
  ];
  const file = found.length > 0 ? undefined : usualFile(source);
  if (file === undefined) {
    throw new CompileError(
      found.length > 0
        ? found
        : [diagnose("cli/container-nothing-to-build", { path: source }, { file: "PLP_SOURCE_PATH" })],
    );
  }
  return { source, file, archive: join(target, archiveName), state: stateDirectory(cache) };
}

function sourceFaults(path: string): Diagnostic[] {
  const fault = (reason: string) => [
    diagnose("cli/container-source", { path, reason }, { file: "PLP_SOURCE_PATH" }),
  ];
  try {
    if (!statSync(path).isDirectory()) return fault("it is a file");
    accessSync(path, constants.R_OK | constants.X_OK);
    return [];
  } catch (error) {
    return fault(systemReason(error));
  }
}

function writeFaults(path: string, variable: string): Diagnostic[] {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    const values = { path, reason: systemReason(error), user: String(process.getuid?.()) };
    return [diagnose("cli/container-unwritable", values, { file: variable })];
  }
}

/**
 * A directory for each user, for a rootless BuildKit's files belong to his subordinate users and are of no use to another.
 * Straight in the cache: a directory between would belong to who came first, and he could replace the others'.
 */
function stateDirectory(cache: string): string {
  return join(cache, `buildkit-${process.getuid?.()}`);
}

function registryFlags(env: Environment): AccessFlags {
  const mirrors = env[containerVariable("registryMirror")];
  const insecure = env[containerVariable("insecureRegistry")];
  return {
    ...(mirrors ? { registryMirror: list(mirrors) } : {}),
    ...(insecure ? { insecureRegistry: list(insecure) } : {}),
  };
}

/** A CA is trusted by BuildKit and, where a project is built, by its buildpacks, for which it stands beside the usual ones. */
function certificateFlags(env: Environment, file: string, work: string): BuildFlags {
  const variable = containerVariable("registryCa");
  const ca = env[variable];
  if (!ca) return {};
  const read = readCertificates(ca, variable);
  if ("diagnostic" in read) throw new CompileError([read.diagnostic]);
  const bundle = join(work, "ca.pem");
  writeFileSync(bundle, [...rootCertificates, read.pem].join("\n"));
  const secret = [`id=ca-cert,src=${bundle}`];
  return { registryCa: ca, secret, ...(file === "project.toml" ? { caCert: true } : {}) };
}

/** Which state of which repository the source is, as far as anybody says. The commit's time is the image's. */
function readRevision(env: Environment, source: string): Partial<Revision> {
  const { GIT_REPOSITORY_URL: remote, GIT_SHA: commit, SOURCE_DATE_EPOCH: epoch } = env;
  const time = epoch
    ? readEpoch(epoch)
    : commit === undefined || commit === ""
      ? undefined
      : readCommitTime(source, commit);
  return {
    ...(remote ? { remote: withoutCredentials(remote) } : {}),
    ...(commit ? { commit } : {}),
    ...present({ time }),
  };
}

/** Source: https://reproducible-builds.org/specs/source-date-epoch. */
function readEpoch(text: string): string {
  const moment = new Date(/^\d{1,12}$/.test(text) ? Number(text) * 1000 : Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new CompileError([diagnose("cli/container-bad-epoch", { text }, { file: "SOURCE_DATE_EPOCH" })]);
  }
  return moment.toISOString().replace(".000Z", "Z");
}

function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

function faultsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof CompileError) return error.diagnostics;
  if (error instanceof TemporaryError) return [error.diagnostic];
  throw error;
}

/** Whoever runs the container has set a variable and no flag. */
function byVariable(fault: Diagnostic): Diagnostic {
  const variable = variables[fault.location?.file ?? ""];
  return variable === undefined ? fault : { ...fault, location: { file: variable } };
}
