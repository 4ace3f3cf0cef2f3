import { join } from "node:path";
import { type SecondBuildkit, startSecondBuildkit } from "../../e2e/second-buildkit.ts";
import type { Docker } from "../../lab/docker.ts";
import { dataDirectory, type ImageStore } from "../../lab/dockerd.ts";
import type { Lab } from "../../lab/lab.ts";
import { inState } from "../../lab/paths.ts";
import type { Door } from "../doors.ts";
import type { Scenario } from "./scenarios.ts";

/** Where one side builds. */
export interface Engine {
  /** Over the lab's, for our doors and the hand-written Dockerfile. */
  readonly environment: Readonly<Record<string, string>>;
  /** pack's; it runs anyway. */
  readonly docker: Docker;
  /** BuildKit's root. */
  readonly root: string;
  /** Of daemons that are not the lab's. */
  readonly pids: readonly number[];
  /** Makes it as the scenario has it before each build. */
  readonly prepare: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function engineFor(lab: Lab, scenario: Scenario, door: Door): Promise<Engine> {
  switch (scenario.engine) {
    case "standing":
      return standing(lab, { environment: {}, docker: await lab.docker(), root: inState("buildkit") });
    case "docker, classic store":
      return await inDocker(lab, "classic");
    case "docker, containerd store":
      return await inDocker(lab, "containerd");
    case "fresh":
      return door === "pack" ? await freshDocker(lab) : new FreshBuildkit(lab, door, await lab.docker());
  }
}

function standing(_lab: Lab, engine: Pick<Engine, "environment" | "docker" | "root">): Engine {
  return { ...engine, pids: [], prepare: async () => undefined, close: async () => undefined };
}

async function inDocker(lab: Lab, store: ImageStore): Promise<Engine> {
  const docker = await lab.docker(store);
  // Or our program takes the BuildKit that this names.
  const environment = { ...docker.environment, BUILDKIT_HOST: "" };
  return standing(lab, { environment, docker, root: join(dataDirectory(store), "buildkit") });
}

async function freshDocker(lab: Lab): Promise<Engine> {
  const docker = await lab.docker();
  const engine = standing(lab, { environment: {}, docker, root: inState("buildkit") });
  return { ...engine, prepare: () => prune(docker) };
}

async function prune(docker: Docker): Promise<void> {
  const filtered = (path: string, filters: object) =>
    docker.call("POST", `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}`);
  await filtered("/containers/prune", {});
  await filtered("/volumes/prune", { all: ["true"] });
  // Its BuildKit holds the layers of images, which would then not have to be pulled.
  await docker.call("POST", "/build/prune?all=true");
  await filtered("/images/prune", { dangling: ["false"] });
  const { LayersSize: left }: { LayersSize?: number } = JSON.parse(await docker.call("GET", "/system/df"));
  if (left !== undefined && left > 0) throw new Error(`docker still holds ${left} bytes of layers`);
}

class FreshBuildkit implements Engine {
  readonly #lab: Lab;
  readonly #door: Door;
  readonly docker: Docker;
  #buildkit: SecondBuildkit | undefined;

  constructor(lab: Lab, door: Door, docker: Docker) {
    this.#lab = lab;
    this.#door = door;
    this.docker = docker;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#buildkit?.environment ?? {};
  }

  get root(): string {
    return this.#buildkit?.data ?? "";
  }

  get pids(): readonly number[] {
    return this.#buildkit === undefined ? [] : [this.#buildkit.pid];
  }

  async prepare(): Promise<void> {
    await this.close();
    this.#buildkit = await startSecondBuildkit(this.#lab, { name: `bench-${this.#door}` });
  }

  async close(): Promise<void> {
    await this.#buildkit?.close();
    this.#buildkit = undefined;
  }
}
