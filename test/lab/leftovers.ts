import { readdirSync, readFileSync, rmSync } from "node:fs";
import { execa } from "execa";
import { daemonNames, endDaemon } from "./daemon.ts";
import { dataDirectory, imageStores } from "./dockerd.ts";
import { inState, socketDirectory, stateDirectory } from "./paths.ts";
import { commandLine, end, processId, signal, until } from "./process.ts";
import { dockerTools, olderBuildkits } from "./tool-list.ts";

const daemonPrograms = [
  ...["registry", "buildkitd", ...olderBuildkits.map(({ name }) => name)],
  ...dockerTools.map(({ name }) => name),
];

/** Ends and unmounts all that an earlier lab of this checkout left; the registry's and BuildKit's data stay. */
export async function clearLeftovers(): Promise<void> {
  for (const name of daemonNames.toReversed()) await endDaemon(name);
  await endStrays();
  await endBuildSteps();
  await unmountAll();
  rmSync(socketDirectory, { recursive: true, force: true });
}

/**
 * Ends daemons that no record names: whoever started them was killed before it could write one. And shims, which
 * outlive their containerd by design.
 */
async function endStrays(): Promise<void> {
  const programs = daemonPrograms.map((name) => `${inState("bin", name)} `);
  const strays = livingPids().filter((pid) =>
    programs.some((program) => commandLine(pid).startsWith(program)),
  );
  await Promise.all(strays.flatMap((pid) => processId(pid) ?? []).map((id) => end(id)));
}

/** Ends the programs of build steps whose daemon was killed: their root file system lies in its data. */
async function endBuildSteps(): Promise<void> {
  const data = [inState("buildkit"), inState("containerd"), ...imageStores.map(dataDirectory)].map(
    (directory) => `${directory}/`,
  );
  const steps = livingPids().filter((pid) => {
    const root = rootMount(pid);
    return root !== undefined && data.some((directory) => root.includes(directory));
  });
  const ids = steps.flatMap((pid) => processId(pid) ?? []);
  for (const id of ids) signal(id, "SIGKILL");
  await until(() => ids.every((id) => processId(id.pid)?.startTime !== id.startTime), 5_000);
}

/**
 * Innermost first; lazy, because a process that is just ending may still stand in one. Throws when one stays: what
 * deletes files under the state directory must not reach through a mount.
 */
async function unmountAll(): Promise<void> {
  for (const point of ourMounts().reverse()) await execa("umount", ["--lazy", point], { reject: false });
  const left = ourMounts();
  if (left.length > 0) throw new Error(`cannot unmount ${left.join(", ")}`);
}

function ourMounts(): string[] {
  const points = mountLines("self").map((line) => unescapeOctal(line.split(" ")[4] ?? ""));
  const ours = [stateDirectory, socketDirectory].map((directory) => `${directory}/`);
  return points.filter((point) => ours.some((directory) => point.startsWith(directory)));
}

/** The mountinfo line of the process's `/`, with the directories of its overlay. */
function rootMount(pid: number): string | undefined {
  const line = mountLines(String(pid)).find((candidate) => candidate.split(" ")[4] === "/");
  return line === undefined ? undefined : unescapeOctal(line);
}

function mountLines(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n");
  } catch {
    return [];
  }
}

function livingPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
