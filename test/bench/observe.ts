import { type FSWatcher, watch } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Docker } from "../lab/docker.ts";
import { executorDirectory } from "./measure.ts";
import type { Step } from "./results.ts";

/** Counts the containers that a BuildKit and a docker daemon start meanwhile. */
export class ContainerCount {
  readonly #docker: Docker;
  readonly #since = Date.now() / 1000;
  readonly #watcher: FSWatcher | undefined;
  readonly #names = new Set<string>();

  /** In: BuildKit's root, in which it makes a directory for each container. */
  constructor(root: string, docker: Docker) {
    this.#docker = docker;
    const directory = executorDirectory(root);
    if (directory === undefined) return;
    this.#watcher = watch(directory, (_event, name) => {
      if (name !== null && containerName.test(name)) this.#names.add(name);
    });
  }

  async close(): Promise<number> {
    // The last events are on their way.
    await wait(100);
    this.#watcher?.close();
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: ["start"] }));
    const period = `since=${this.#since}&until=${Date.now() / 1000}`;
    const events = await this.#docker.call("GET", `/events?${period}&filters=${filters}`);
    return this.#names.size + events.split("\n").filter(Boolean).length;
  }
}

/** A container's. BuildKit keeps files of its own there, too. */
const containerName = /^[a-z0-9]{25}$/;

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
}

/** What ran of the steps in BuildKit's progress as JSON lines, in the order in which they began. */
export function buildkitSteps(log: string): readonly Step[] {
  const vertices = new Map<string, Vertex>();
  for (const line of log.split("\n").filter((text) => text.startsWith("{"))) {
    const { vertexes = [] }: { vertexes?: Vertex[] } = JSON.parse(line);
    for (const vertex of vertexes) vertices.set(vertex.digest, { ...vertices.get(vertex.digest), ...vertex });
  }
  const ran = [...vertices.values()].flatMap(({ name, started, completed, cached }) => {
    if (started === undefined || completed === undefined || cached === true) return [];
    const startMs = Date.parse(started);
    return [{ name: name.replaceAll(/\s+/g, " "), startMs, ms: Date.parse(completed) - startMs }];
  });
  return ran.sort((a, b) => a.startMs - b.startMs).map(({ name, ms }) => ({ name, ms }));
}

/** The phases in pack's output with `--timestamps`: `2026/12/24 18:00:00.000000 ===> BUILDING`. */
export function packSteps(log: string): readonly Step[] {
  let ms: number | undefined;
  const lines = log.split("\n").flatMap((line) => {
    const [, date, name = line] = /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d+) (.*)$/.exec(line) ?? [];
    // Lines that pack gets in one piece have one time, before the first of them.
    if (date !== undefined) ms = Date.parse(`${date.replaceAll("/", "-").slice(0, 23)}Z`);
    return ms === undefined ? [] : [{ ms, name }];
  });
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return [];
  const phases = lines.flatMap(({ ms, name }) => {
    const phase = /===> (\w+)/.exec(name)?.[1];
    return phase === undefined ? [] : [{ ms, name: phase }];
  });
  const starts = [{ ms: first.ms, name: "before the phases" }, ...phases];
  return starts.map(({ ms, name }, index) => ({ name, ms: (starts[index + 1]?.ms ?? last.ms) - ms }));
}
