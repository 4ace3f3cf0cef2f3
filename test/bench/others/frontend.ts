import { stdout } from "node:process";
import { median } from "../../helpers/median.ts";
import type { Lab } from "../../lab/lab.ts";

const platforms = "linux/amd64,linux/arm64";

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
}

/**
 * What a build that changes nothing spends on the frontend itself, by BuildKit's own clock: until its first step, container
 * and all, and in all the time in which no step runs, up to the export.
 */
export async function benchFrontend(lab: Lab, directory: string): Promise<void> {
  const build = async () => {
    const words = ["build", "--file=project.toml", "--progress=rawjson", `--platform=${platforms}`];
    const name = `${lab.registry}/bench/frontend`;
    return (await lab.buildx([...words, `--tag=${name}`, "--push", "."], { cwd: directory })).stderr;
  };
  await build();
  const runs: (readonly [number, number])[] = [];
  for (let index = 0; index < 15; index++) runs.push(frontendTimes(await build()));
  const sorted = (which: 0 | 1) => runs.map((times) => times[which]).sort((a, b) => a - b);
  for (const [which, what] of [
    [0, "frontend, from its image to its first step"],
    [1, "frontend, all between its image and the export but steps"],
  ] as const) {
    const [least = 0] = sorted(which);
    stdout.write(
      `${what.padEnd(58)} median ${median(sorted(which)).toFixed(0).padStart(6)} ms (from ${least.toFixed(0)}, ${runs.length} runs)\n`,
    );
  }
}

/** Milliseconds: until the first step of the frontend, and of all that is no step. In: progress as JSON lines. */
function frontendTimes(log: string): readonly [number, number] {
  const vertices = new Map<string, Vertex>();
  for (const line of log.split("\n").filter((text) => text.startsWith("{"))) {
    const { vertexes = [] }: { vertexes?: Vertex[] } = JSON.parse(line);
    for (const vertex of vertexes) vertices.set(vertex.digest, vertex);
  }
  const steps = [...vertices.values()].flatMap(({ name, started, completed }) =>
    started === undefined || completed === undefined
      ? []
      : [{ name, startMs: Date.parse(started), endMs: Date.parse(completed) }],
  );
  steps.sort((a, b) => a.startMs - b.startMs);
  const image = steps.find(({ name }) => name.startsWith("resolve image config"))?.endMs ?? Number.NaN;
  const end = steps.find(({ name }) => name === "exporting to image")?.startMs ?? Number.NaN;
  const own = steps.filter(({ startMs }) => startMs >= image && startMs < end);
  let freeMs = 0;
  let busyUntil = image;
  for (const { startMs, endMs } of [...own, { startMs: end, endMs: end }]) {
    freeMs += Math.max(startMs - busyUntil, 0);
    busyUntil = Math.max(busyUntil, endMs);
  }
  const first = own.find(({ name }) => name.startsWith("[internal] load"))?.startMs ?? Number.NaN;
  return [first - image, freeMs];
}
