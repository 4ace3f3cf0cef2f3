import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../registry/options.ts";
import { buildkitdConfig } from "./buildkitd-config.ts";
import { type Daemon, type DaemonCommand, foreignProc, startDaemon } from "./daemon.ts";
import { type BuildkitPrograms, findPrograms } from "./programs.ts";
import { explainFailure, missingRights, ownRights, type Rights, readNamespaceFacts } from "./rights.ts";
import { lockState } from "./state-lock.ts";

export interface PrivateBuildkitRequest {
  /** Kept between builds; one build at a time uses it. Made where it is not there. */
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
  const { stateDirectory, registries = defaultRegistryOptions, report, say, signal } = request;
  const rights = ownRights();
  if (rights === "rootless") {
    const missing = missingRights(await readNamespaceFacts());
    if (missing.length > 0) throw new CompileError(missing);
  }
  const programs = await findPrograms({
    ...{ isRootless: rights === "rootless", registries, report, say },
    ...(signal === undefined ? {} : { signal }),
  });
  prepare(stateDirectory);
  const lock = await lockState({
    ...{ directory: stateDirectory, say },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const places = makePlaces(stateDirectory);
    try {
      const daemon = await start({ rights, programs, places, registries, lockFd: lock.fd, signal });
      try {
        return await work({ address: `unix://${places.socket}`, buildctl: programs.buildctl });
      } finally {
        await daemon.stop();
      }
    } finally {
      rmSync(places.runtime, { recursive: true, force: true });
    }
  } finally {
    lock.release();
  }
}

interface Places {
  /** BuildKit's data. */
  readonly root: string;
  readonly config: string;
  readonly logFile: string;
  readonly certificates: string;
  /** In the place of /tmp, so that what a kill leaves there goes with the next start. */
  readonly temporary: string;
  /** Sockets, in a short path: theirs end at 108 bytes. */
  readonly runtime: string;
  readonly socket: string;
  readonly traceSocket: string;
}

/** Throws CompileError where it cannot be written. */
function prepare(stateDirectory: string): void {
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = systemReason(error);
    throw new CompileError([diagnose("engines/state-unusable", { directory: stateDirectory, reason })], {
      cause: error,
    });
  }
}

/** Clears away what a killed build has left. The lock is ours, so nobody uses any of it. */
function makePlaces(stateDirectory: string): Places {
  const runtime = makeRuntimeDirectory(stateDirectory);
  const temporary = join(stateDirectory, "tmp");
  const certificates = join(stateDirectory, "certificates");
  for (const directory of [temporary, certificates]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  }
  return {
    root: join(stateDirectory, "data"),
    config: join(stateDirectory, "buildkitd.toml"),
    logFile: join(stateDirectory, "buildkitd.log"),
    ...{ certificates, temporary, runtime },
    socket: join(runtime, "buildkitd.sock"),
    traceSocket: join(runtime, "otel.sock"),
  };
}

/** The same for each build, so that a killed one leaves at most one behind; empty. */
function makeRuntimeDirectory(stateDirectory: string): string {
  const { XDG_RUNTIME_DIR } = process.env;
  const id = createHash("sha256").update(stateDirectory).digest("hex").slice(0, 12);
  const name = `cnb-dockerfile-${process.getuid?.()}-${id}`;
  const directory = join(XDG_RUNTIME_DIR || tmpdir(), name);
  try {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  } catch {
    // Somebody else's, or no place for us.
    return mkdtempSync(join(tmpdir(), `${name}-`));
  }
}

interface StartRequest {
  readonly rights: Rights;
  readonly programs: BuildkitPrograms;
  readonly places: Places;
  readonly registries: RegistryOptions;
  readonly lockFd: number;
  readonly signal: AbortSignal | undefined;
}

async function start(request: StartRequest): Promise<Daemon> {
  const { rights, programs, places, registries, lockFd, signal } = request;
  const { rootlesskit = "rootlesskit" } = programs;
  if (registries.ca !== undefined) writeFileSync(join(places.certificates, "ca.pem"), registries.ca);
  const begin = (processes: DaemonCommand["processes"]) => {
    const config = buildkitdConfig({
      ...{ ...places, runc: programs.runc, registries },
      isRootless: rights === "rootless",
      hasProcessSandbox: processes === "sandbox",
    });
    writeFileSync(places.config, config);
    const shared = { words: [programs.buildkitd, "--config", places.config], env: daemonEnvironment(places) };
    const { logFile, socket } = places;
    const ours = {
      ...shared,
      processes,
      logFile,
      lockFd,
      socket,
      ...(signal === undefined ? {} : { signal }),
    };
    if (rights === "root") {
      const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
      return startDaemon({ ...ours, namespaces, runcNotes: "/run/runc" });
    }
    const pidns = processes === "sandbox" ? ["--pidns"] : [];
    return startDaemon({
      ...ours,
      namespaces: [rootlesskit, "--net=host", "--copy-up=/etc", ...pidns, `--state-dir=${places.runtime}/rk`],
    });
  };
  let result = await begin("sandbox");
  // A container may keep us from mounting /proc; build steps then share the processes' names with BuildKit.
  if (result.kind === "failed" && result.exitCode === foreignProc) result = await begin("shared");
  if (result.kind === "ready") return result.daemon;
  throw new CompileError([await explain(places.logFile)]);
}

async function explain(logFile: string) {
  const said = readFileSync(logFile, "utf8");
  const known = explainFailure(await readNamespaceFacts(), said);
  const reason = said.trim().split("\n").at(-1) ?? "";
  return known ?? diagnose("engines/buildkit-failed", { reason }, { file: logFile });
}

/** Ours, with the places that are the daemon's own. */
function daemonEnvironment({ temporary, certificates, runtime }: Places): NodeJS.ProcessEnv {
  const { SSL_CERT_DIR, NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
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
