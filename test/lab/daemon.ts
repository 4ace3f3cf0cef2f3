import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import process from "node:process";
import { readJson, writeJson } from "./json-file.ts";
import { inState, stateDirectory } from "./paths.ts";
import { commandLine, end, isAlive, type ProcessId, processId, until } from "./process.ts";

/** Every daemon a lab may run, each after those that it needs. */
export const daemonNames = [
  "registry",
  "buildkitd",
  "containerd",
  "dockerd-containerd",
  "dockerd-classic",
] as const;
export type DaemonName = (typeof daemonNames)[number];

export interface DaemonCommand {
  readonly name: DaemonName;
  readonly program: string;
  /** Must name a path under the state directory: by it a later process knows the daemon for ours. */
  readonly arguments: readonly string[];
  /** Over this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Signalled when its starter dies, however that dies. False: it outlives the starter. */
  readonly tied: boolean;
  /** True once it answers. */
  readonly isReady: () => Promise<boolean>;
}

/** Starts it in a session of its own, so that Ctrl-C reaches only us, and resolves when it answers. */
export async function startDaemon(command: DaemonCommand): Promise<ProcessId> {
  mkdirSync(inState("log"), { recursive: true });
  // One run a file, so that it does not grow for ever; the last run's stays beside it.
  if (existsSync(logFile(command.name))) renameSync(logFile(command.name), `${logFile(command.name)}.old`);
  const log = openSync(logFile(command.name), "a");
  const words = [command.program, ...command.arguments];
  const [file = "", ...rest] = command.tied ? ["setpriv", "--pdeathsig", "TERM", ...words] : words;
  // Not execa: it waits for its child at our exit, and a standing daemon is to outlive us.
  const env = { ...process.env, ...command.env };
  const child = spawn(file, rest, { stdio: ["ignore", log, log], detached: true, env });
  child.once("error", () => undefined);
  child.unref();
  closeSync(log);
  const id = child.pid === undefined ? undefined : processId(child.pid);
  if (id === undefined) throw new Error(`${command.name} did not start: ${logTail(command.name)}`);
  writeJson(recordFile(command.name), id);
  const ready = await until(async () => !isAlive(id) || (await command.isReady()), 60_000);
  if (!isAlive(id)) throw new Error(`${command.name} ended at once: ${logTail(command.name)}`);
  if (!ready) throw new Error(`${command.name} does not answer: ${logTail(command.name)}`);
  return id;
}

/** The daemon of this checkout, if it lives. The command line is asked too: after a reboot start times recur. */
export function findDaemon(name: DaemonName): ProcessId | undefined {
  const id = readJson<ProcessId>(recordFile(name));
  if (id === undefined || !isAlive(id)) return undefined;
  return commandLine(id.pid).includes(stateDirectory) ? id : undefined;
}

/** Ends it if it lives, and forgets it. */
export async function endDaemon(name: DaemonName): Promise<void> {
  const id = findDaemon(name);
  if (id !== undefined) await end(id);
  rmSync(recordFile(name), { force: true });
}

export function logFile(name: DaemonName): string {
  return inState("log", `${name}.log`);
}

function recordFile(name: DaemonName): string {
  return inState("run", `${name}.json`);
}

function logTail(name: DaemonName): string {
  const lines = readFileSync(logFile(name), "utf8").trim().split("\n");
  return `\n${lines.slice(-10).join("\n")}`;
}
