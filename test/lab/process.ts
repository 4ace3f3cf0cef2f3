import { readdirSync, readFileSync } from "node:fs";
import { kill, pid } from "node:process";
import { setTimeout as pause } from "node:timers/promises";

/** One process, for ever: a pid is used again, a pid with its start time is not. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: string;
}

/** Names the living process of this pid; undefined when there is none, or only its zombie. */
export function processId(pid: number): ProcessId | undefined {
  const fields = statFields(pid);
  const [state, startTime] = [fields?.[0], fields?.[19]];
  return state === undefined || state === "Z" || startTime === undefined ? undefined : { pid, startTime };
}

export function thisProcess(): ProcessId {
  const own = processId(pid);
  if (own === undefined) throw new Error("no /proc: the lab runs on Linux only");
  return own;
}

export function isAlive(id: ProcessId): boolean {
  return processId(id.pid)?.startTime === id.startTime;
}

/** Its command line, words joined by blanks; empty when it is gone. */
export function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? "";
}

/** The living processes below a process, at any depth. */
export function descendants(ancestor: number): ProcessId[] {
  const children = Map.groupBy(
    readdirSync("/proc").filter((name) => /^\d+$/.test(name)),
    (name) => Number(statFields(Number(name))?.[1]),
  );
  const found: ProcessId[] = [];
  const pending = [ancestor];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const pids = (children.get(next) ?? []).map(Number);
    pending.push(...pids);
    found.push(...pids.map(processId).filter((id) => id !== undefined));
  }
  return found;
}

/** Sends a signal unless the process has ended. Never throws. */
export function signal(id: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(id)) return;
  try {
    kill(id.pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
export async function end(id: ProcessId, graceMs = 10_000): Promise<void> {
  signal(id, "SIGTERM");
  if (await until(() => !isAlive(id), graceMs)) return;
  signal(id, "SIGKILL");
  await until(() => !isAlive(id), 5_000);
}

/** Asks every 25 ms until the answer is true; false when `limitMs` have passed. */
export async function until(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) return false;
    await pause(25);
  }
  return true;
}

/** What /proc/PID/stat says behind the program's name, from its third field on; undefined when there is no such process. */
function statFields(pid: number): readonly string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
