import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { present } from "../present.ts";
import { findPrivateDirectory } from "../private/find-private-directory.ts";
import { placeReason } from "../private/place-reason.ts";
import { writePrivateFile } from "../private/private-file.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../registry/options.ts";
import { buildkitdConfig } from "./buildkitd-config.ts";
import { type Daemon, type DaemonCommand, foreignProc, startDaemon } from "./daemon.ts";
import { findProgram, pathDirectories } from "./programs/find-program.ts";
import type { ProgramRequest } from "./programs/program-request.ts";
import { type BuildkitPrograms, findPrograms, programsHere } from "./programs/programs.ts";
import { explainFailure, missingRights, ownRights, type Rights, readNamespaceFacts } from "./rights.ts";
import { lockState, type StateLock } from "./state-lock.ts";
import { clearPlaces, makePlaces, plannedSocket, type StatePlaces } from "./state-places.ts";
import { chooseStepNetwork, stepNetworkFault, writeStepNetwork } from "./step-network.ts";

export interface PrivateBuildkitRequest {
  /**
   * Kept between builds; one build at a time uses it. Made where it is not there; another one is taken, with a warning,
   * where another user could change what lies in it.
   */
  readonly stateDirectory: string;
  readonly report: Report;
  /** Takes a line about something that takes a while. */
  readonly say: (line: string) => void;
  /** Ends the waiting and fetching here; what `work` does is its own to end. */
  readonly signal?: AbortSignal;
  /** Mirrors, insecure hosts and a CA, for BuildKit as for our own questions. */
  readonly registries?: RegistryOptions;
}

/** A BuildKit that runs for the caller alone. */
export interface PrivateBuildkit {
  /** `unix://…`. */
  readonly address: string;
  /** Path of a client. */
  readonly buildctl: string;
}

/**
 * Runs `work` beside a BuildKit of its own, which is gone afterwards, however this process ends. Rootless where we are not
 * root. Throws CompileError where the machine lacks something, TemporaryError where a download may work later, the
 * signal's reason, and what `work` throws.
 */
export async function withPrivateBuildkit<T>(
  request: PrivateBuildkitRequest,
  work: (buildkit: PrivateBuildkit) => Promise<T>,
): Promise<T> {
  const { registries = defaultRegistryOptions, report, signal } = request;
  const rights = await checkMachine();
  const programs = await findPrograms(programRequest(request, rights));
  const { lock, places } = await claimState(request);
  try {
    const daemon = await start({ rights, programs, places, registries, lockFd: lock.fd, report, signal });
    try {
      return await work({ address: `unix://${places.socket}`, buildctl: programs.buildctl });
    } finally {
      await daemon.stop();
    }
  } finally {
    clearPlaces(places);
    lock.release();
  }
}

/**
 * What `withPrivateBuildkit` would run `work` beside, without downloading or starting anything: a program that would be
 * downloaded has its name alone. Throws CompileError where the machine lacks something.
 */
export async function planPrivateBuildkit(request: PrivateBuildkitRequest): Promise<PrivateBuildkit> {
  const rights = await checkMachine();
  const { buildctl = "buildctl" } = await programsHere(programRequest(request, rights));
  return { address: `unix://${plannedSocket(request.stateDirectory)}`, buildctl };
}

/** Throws CompileError where it cannot run a BuildKit, as far as that can be known before it is tried. */
async function checkMachine(): Promise<Rights> {
  if (process.platform !== "linux") {
    throw new CompileError([diagnose("engines/not-linux", { system: process.platform })]);
  }
  const rights = ownRights();
  if (rights === "rootless") {
    const missing = missingRights(await readNamespaceFacts());
    if (missing.length > 0) throw new CompileError(missing);
  }
  checkPrograms(rights === "root" ? ["flock", rootNamespaces[0]] : ["flock"]);
  return rights;
}

function programRequest(
  { registries = defaultRegistryOptions, report, say, signal }: PrivateBuildkitRequest,
  rights: Rights,
): ProgramRequest {
  return { isRootless: rights === "rootless", registries, report, say, ...present({ signal }) };
}

/** Throws CompileError where one is not on the PATH. */
function checkPrograms(names: readonly string[]): void {
  const missing = names.filter((name) => findProgram([name], pathDirectories()) === undefined);
  if (missing.length === 0) return;
  throw new CompileError(missing.map((program) => diagnose("engines/no-program", { program })));
}

/** Waits for the state directory, and clears away what a killed build has left there. */
async function claimState({
  stateDirectory,
  report,
  say,
  signal,
}: PrivateBuildkitRequest): Promise<{ readonly lock: StateLock; readonly places: StatePlaces }> {
  let directory = stateDirectory;
  try {
    directory = findPrivateDirectory(stateDirectory, report);
    const lock = await lockState({ directory, say, ...present({ signal }) });
    try {
      return { lock, places: makePlaces(directory) };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw stateFault(error, directory);
  }
}

/** The message for what the file system says; any other error is handed back. */
function stateFault(error: unknown, directory: string): unknown {
  const reason = placeReason(error);
  if (reason === undefined) return error;
  const values = { directory, reason };
  return new CompileError([diagnose("engines/state-unusable", values, { file: directory })], {
    cause: error,
  });
}

interface StartRequest {
  readonly rights: Rights;
  readonly programs: BuildkitPrograms;
  readonly places: StatePlaces;
  readonly registries: RegistryOptions;
  readonly lockFd: number;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

async function start(request: StartRequest): Promise<Daemon> {
  const { rights, programs, places, registries, lockFd, report, signal } = request;
  const { rootlesskit = "" } = programs;
  // Once for a state directory: it is no news to who has read it.
  const isFirst = !existsSync(places.root);
  let network = chooseStepNetwork();
  const begin = async (processes: DaemonCommand["processes"]) => {
    // Without a process namespace nothing would end pasta with us.
    if (processes === "shared") network = { kind: "host", reason: "process namespaces are not available" };
    const stepNetwork =
      network.kind === "isolated"
        ? { stepNetwork: writeStepNetwork(places.network, network.pasta) }
        : undefined;
    const config = buildkitdConfig({
      ...{ ...places, runc: programs.runc, registries },
      isRootless: rights === "rootless",
      hasProcessSandbox: processes === "sandbox",
      ...stepNetwork,
    });
    writeCertificates(places.certificates, registries.ca);
    writePrivateFile(places.config, config);
    const { logFile, socket } = places;
    return startDaemon({
      ...{ processes, logFile, lockFd, socket },
      words: [
        ...(stepNetwork === undefined ? [] : withOwnCniResults),
        ...[programs.buildkitd, "--config", places.config],
      ],
      env: daemonEnvironment(places),
      ...(rights === "root"
        ? { namespaces: rootNamespaces, runcNotes: "/run/runc" }
        : { namespaces: userNamespaces(rootlesskit, processes, places, stepNetwork !== undefined) }),
      ...present({ signal }),
    });
  };
  const attempt = (processes: DaemonCommand["processes"]) =>
    begin(processes).catch((error: unknown) => {
      throw stateFault(error, dirname(places.root));
    });
  let result = await attempt("sandbox");
  // A container may keep us from mounting /proc; build steps then see BuildKit's own processes.
  if (result.kind === "failed" && result.exitCode === foreignProc) result = await attempt("shared");
  if (result.kind === "failed" && network.kind === "isolated") {
    const reason = stepNetworkFault(readFileSync(places.logFile, "utf8"));
    if (reason !== undefined) {
      network = { kind: "host", reason };
      result = await attempt("sandbox");
    }
  }
  if (result.kind === "ready") {
    if (network.kind === "host" && isFirst) report(diagnose("engines/steps-on-host-network", network));
    return result.daemon;
  }
  throw new CompileError([await explain(places.logFile)]);
}

const rootNamespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;

/** CNI's library notes each network below this directory, and cannot be told another one; a user may not make it. */
const cniResults = "/var/lib/cni";
const withOwnCniResults = [
  ...["sh", "-c", `mkdir -p ${cniResults} && mount -t tmpfs tmpfs ${cniResults} && exec "$@"`, "sh"],
] as const;

function userNamespaces(
  rootlesskit: string,
  processes: DaemonCommand["processes"],
  { runtime }: StatePlaces,
  hasCni: boolean,
): readonly string[] {
  const sandbox = processes === "sandbox" ? ["--pidns"] : [];
  return [
    rootlesskit,
    "--net=host",
    "--copy-up=/etc",
    ...(hasCni ? [`--copy-up=${dirname(cniResults)}`] : []),
    ...sandbox,
    `--state-dir=${join(runtime, "rootlesskit")}`,
  ];
}

async function explain(logFile: string): Promise<Diagnostic> {
  const said = readFileSync(logFile, "utf8");
  const known = explainFailure(await readNamespaceFacts(), said);
  if (known !== undefined) return known;
  const lines = said.trim().split("\n");
  // Behind BuildKit's own come those of who started it, which know no more than that it has failed.
  const reason = lines.find((line) => line.startsWith("buildkitd: ")) ?? lines.at(-1) ?? "";
  return diagnose("engines/buildkit-failed", { reason }, { file: logFile });
}

/** What we trust besides the system's own; Go knows nothing of Node's variable. */
function writeCertificates(directory: string, ca: string | undefined): void {
  if (ca !== undefined) writePrivateFile(join(directory, "registry-ca.pem"), ca);
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  // Node itself goes on without a file that is not there.
  if (file && existsSync(file)) writePrivateFile(join(directory, "extra-ca.pem"), readFileSync(file));
}

/** Ours, with the places that are the daemon's own. */
function daemonEnvironment({ temporary, certificates, runtime }: StatePlaces): NodeJS.ProcessEnv {
  const { SSL_CERT_DIR, ...env } = process.env;
  // What a service manager tells us is not meant for it.
  for (const name of ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete env[name];
  return {
    ...env,
    TMPDIR: temporary,
    // Where rootless runc keeps its notes.
    XDG_RUNTIME_DIR: runtime,
    // Go reads them besides its own one file; these are its usual places.
    SSL_CERT_DIR: [SSL_CERT_DIR ?? "/etc/ssl/certs:/etc/pki/tls/certs", certificates].join(":"),
  };
}
