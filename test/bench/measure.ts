import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa, type Options } from "execa";
import { type DaemonName, daemonNames, findDaemon } from "../lab/daemon.ts";
import { inState } from "../lab/paths.ts";
import { registryLogBytes, registryRequests } from "../lab/registry.ts";
import type { Measurement } from "./results.ts";

/** Ticks of the kernel's clock, by which it counts CPU time; the same on all of Linux's machines of today. */
const ticksPerSecond = 100;
const pageBytes = 4096;
const peakIntervalMs = 40;

/** Starts programs and knows the memory of all that run. */
export class Clients {
  readonly #pids = new Set<number>();
  #peakBytes = 0;
  readonly #clock = setInterval(() => this.#look(), peakIntervalMs);

  /** Throws with the program's output where it fails. */
  async run(
    file: string,
    words: readonly string[],
    options: Options,
  ): Promise<{ stdout: string; stderr: string }> {
    const child = execa(file, words, { ...options, stdin: "ignore" });
    const { pid } = child;
    if (pid !== undefined) this.#pids.add(pid);
    try {
      const { stdout, stderr } = await child;
      return { stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
    } finally {
      if (pid !== undefined) this.#pids.delete(pid);
    }
  }

  /** Out: MiB, the most at any look. */
  close(): number {
    clearInterval(this.#clock);
    return this.#peakBytes / 2 ** 20;
  }

  #look(): void {
    const bytes = [...this.#pids].reduce((sum, pid) => sum + residentBytes(pid), 0);
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
  }
}

/** Runs something and measures what it takes. In: daemons beside the lab's that work for it. */
export async function measure(
  run: (clients: Clients) => Promise<unknown>,
  morePids: readonly number[],
): Promise<Measurement> {
  const daemons = [...labDaemons(), ...morePids];
  const logBytes = registryLogBytes();
  const before = { client: ownChildrenSeconds(), daemon: daemonSeconds(daemons) };
  const clients = new Clients();
  const start = performance.now();
  let wallMs = 0;
  let clientPeakMiB = 0;
  try {
    await run(clients);
    wallMs = performance.now() - start;
  } finally {
    clientPeakMiB = clients.close();
  }
  const requests = registryRequests(logBytes);
  return {
    wallMs,
    clientCpuSeconds: ownChildrenSeconds() - before.client,
    clientPeakMiB,
    daemonCpuSeconds: daemonSeconds(daemons) - before.daemon,
    pushedBytes: requests.reduce((sum, request) => sum + uploadedBytes(request), 0),
    registryRequests: requests.length,
  };
}

/** With their children: runc and the containers that it waits for. docker's are counted by their control group. */
function labDaemons(): number[] {
  const builders = daemonNames.filter((name): name is Exclude<DaemonName, "registry"> => name !== "registry");
  return builders.flatMap((name) => findDaemon(name)?.pid ?? []);
}

function daemonSeconds(pids: readonly number[]): number {
  const own = pids.map((pid) => {
    const times = statFields(pid).slice(11, 15);
    return times.reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
  });
  return own.reduce((sum, seconds) => sum + seconds, dockerContainersSeconds());
}

/** Of all children of this process that have ended. */
function ownChildrenSeconds(): number {
  return (
    statFields(process.pid)
      .slice(13, 15)
      .reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond
  );
}

/** Of all containers that docker daemons of this machine ever ran, but for those of the BuildKit in them: runc's are that one's children. */
function dockerContainersSeconds(): number {
  return groupSeconds("docker") - groupSeconds("docker/buildkit");
}

/** Of a control group and all below it; 0 where there is none. */
function groupSeconds(group: string): number {
  const nanoseconds = readProc(`/sys/fs/cgroup/cpuacct/${group}/cpuacct.usage`);
  if (nanoseconds !== "") return Number(nanoseconds) / 1e9;
  return Number(/^usage_usec (\d+)/m.exec(readProc(`/sys/fs/cgroup/${group}/cpu.stat`))?.[1] ?? 0) / 1e6;
}

/** `/proc/PID/stat` from its third field, the state, on; of a process that is gone, none. Source: proc(5). */
function statFields(pid: number): string[] {
  const text = readProc(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Of a process and all below it. */
function residentBytes(pid: number): number {
  const pages = Number(readProc(`/proc/${pid}/statm`).split(" ")[1] ?? 0);
  const children = readProc(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + residentBytes(Number(child)), pages * pageBytes);
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Of a blob that the registry took whole; it logs no sizes of what it gets, but it has the blob. */
function uploadedBytes({ method, path, status }: { method: string; path: string; status: number }): number {
  const digest = /[?&]digest=sha256(?::|%3A)([0-9a-f]{64})/i.exec(path)?.[1];
  if (method !== "PUT" || status !== 201 || digest === undefined) return 0;
  const file = inState("registry", "docker/registry/v2/blobs/sha256", digest.slice(0, 2), digest, "data");
  return existsSync(file) ? statSync(file).size : 0;
}

/** Where a BuildKit with this root keeps a directory for each container while that runs. Absent: it has no such place. */
export function executorDirectory(root: string): string | undefined {
  const places = ["runc-overlayfs/executor", "runc-native/executor", "executor"].map((path) =>
    join(root, path),
  );
  return places.find((place) => existsSync(place));
}
