import { execa, type Options } from "execa";
import { buildkitHost } from "./buildkitd.ts";
import { Container, type RunOptions } from "./container.ts";
import { dismissDaemons, endDaemons } from "./daemons.ts";
import { Docker } from "./docker.ts";
import type { ImageStore } from "./dockerd.ts";
import { guard } from "./guard.ts";
import { type LabImages, labImages } from "./images.ts";
import { type LabModules, labModules } from "./modules.ts";
import { stateDirectory } from "./paths.ts";
import { labEnvironment, type Programs } from "./programs.ts";
import { type RegistryRequest, registryRequests } from "./registry.ts";

/** What a tool's call may set; everything is text, and a failure throws with the tool's output in its message. */
export type ToolOptions = Pick<Options, "cwd" | "env" | "input" | "timeout"> & { readonly reject?: boolean };

/** What a tool's call answers with. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Absent: ended by a signal. */
  readonly exitCode?: number;
}

/** How a container ended. */
export interface ContainerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running lab: real buildkitd, real registry, images and tools. Made by `startLab` only. */
export class Lab {
  /** Absolute; `.lab` of the checkout. */
  readonly stateDirectory = stateDirectory;
  readonly buildkitHost = buildkitHost;
  /** `127.0.0.1:PORT`, plain http. */
  readonly registry: string;
  /** Absolute paths. */
  readonly tools: Programs;
  readonly images: LabImages;
  /** Buildpacks that projects can add to a builder, as files. */
  readonly modules: LabModules = labModules();
  /** For child processes: PATH with the tools, BUILDKIT_HOST, DOCKER_CONFIG, BUILDX_*, PACK_HOME. */
  readonly environment: Readonly<Record<string, string>> = labEnvironment();
  readonly #containers = new Set<Container>();
  readonly #unguard: () => void;
  #ownsDaemons: boolean;
  readonly #dockers = new Map<ImageStore, Promise<Docker>>();
  #closing: Promise<void> | undefined;

  constructor(tools: Programs, registry: string, ownsDaemons: boolean) {
    this.tools = tools;
    this.registry = registry;
    this.images = labImages(registry);
    this.#ownsDaemons = ownsDaemons;
    this.#unguard = guard(
      () => this.close(),
      () => this.#abandon(),
    );
  }

  buildx(words: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    return this.#call("docker-buildx", words, options);
  }

  buildctl(words: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    return this.#call("buildctl", words, options);
  }

  crane(words: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    return this.#call("crane", words, options);
  }

  pack(words: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    return this.#call("pack", words, options);
  }

  /** A docker daemon, as `pack build` needs one; started by the first who asks, and ended with that one's lab. */
  docker(store: ImageStore = "classic"): Promise<Docker> {
    const docker = this.#dockers.get(store) ?? Docker.join(this.tools, store);
    this.#dockers.set(store, docker);
    return docker;
  }

  /**
   * What clients asked of one repository (`e2e/app`) since the registry's log began, oldest first. A test compares before
   * and after, of a repository that no other test uses: they run side by side.
   */
  async registryRequests(repository: string): Promise<readonly RegistryRequest[]> {
    return registryRequests().filter(({ path }) => path.startsWith(`/v2/${repository}/`));
  }

  /** Starts a container of an image; `platform` is `linux/amd64` or `linux/arm64` (emulated). It ends with the lab. */
  async run(reference: string, platform: string, options: RunOptions = {}): Promise<Container> {
    const container = await Container.start(this.tools.crane, reference, platform, options);
    this.#containers.add(container);
    return container;
  }

  /** Runs a container to its end; one that takes longer than `limitMs` is stopped. A failing exit code does not throw. */
  async execute(
    reference: string,
    platform: string,
    options: RunOptions = {},
    limitMs = 120_000,
  ): Promise<ContainerResult> {
    const container = await this.run(reference, platform, options);
    const clock = setTimeout(() => void container.stop(0), limitMs);
    const exitCode = await container.exitCode();
    clearTimeout(clock);
    await container.stop();
    this.#containers.delete(container);
    return { exitCode, stdout: container.stdout, stderr: container.stderr };
  }

  /** Lets the daemons run on after close(): for `up`. */
  disown(): void {
    this.#ownsDaemons = false;
  }

  /** Ends what this process started: its containers, and the daemons unless they were there before. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#containers].map((container) => container.stop(2_000)));
    for (const docker of this.#dockers.values()) await (await docker.catch(() => undefined))?.close();
    if (this.#ownsDaemons) await endDaemons();
    this.#unguard();
  }

  #abandon(): void {
    for (const container of this.#containers) container.abandon();
    if (this.#ownsDaemons) dismissDaemons();
  }

  async #call(tool: keyof Programs, words: readonly string[], options: ToolOptions): Promise<ToolResult> {
    const { env, ...rest } = options;
    const { stdout, stderr, exitCode } = await execa(this.tools[tool], words, {
      ...rest,
      env: { ...this.environment, ...env },
    });
    return { stdout, stderr, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}
