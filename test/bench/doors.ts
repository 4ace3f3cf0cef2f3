import { join } from "node:path";
import { execPath } from "node:process";
import type { Docker } from "../lab/docker.ts";
import type { Lab } from "../lab/lab.ts";

/** Ways to an image of the same app. */
export const doors = {
  pack: "pack build",
  buildx: "docker buildx build",
  build: "cnb-dockerfile build",
  dockerfile: "hand-written Dockerfile",
} as const;
export type Door = keyof typeof doors;

/** Caches in a registry, for a daemon that knows nothing. */
export interface RegistryCaches {
  /** Of the buildpacks' layers: `--cache-image`. */
  readonly buildpacks: string;
  /** Of BuildKit's steps: `--cache-to`. */
  readonly steps: string;
}

export interface BuildRequest {
  readonly directory: string;
  readonly image: string;
  readonly platforms: readonly string[];
  readonly output: "push" | "load";
  /** Over the lab's: which BuildKit or docker to build in. */
  readonly engine: Readonly<Record<string, string>>;
  /** pack's. */
  readonly docker: Docker;
  /** Absent: what the builder names. */
  readonly runImage?: string;
  readonly caches?: RegistryCaches;
  /** Has steps and their times told. */
  readonly isObserved: boolean;
}

export interface Command {
  readonly file: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const program = join(import.meta.dirname, "..", "..", "dist", "main.js");

/** The commands of one build, in turn, as a user of that door types them. */
export function commandsOf(lab: Lab, door: Door, request: BuildRequest): readonly Command[] {
  switch (door) {
    case "pack":
      return [packCommand(lab, request)];
    case "buildx":
      return buildxCommands(lab, request);
    case "build":
      return [buildCommand(lab, request)];
    case "dockerfile":
      return [dockerfileCommand(lab, request)];
  }
}

function packCommand(
  lab: Lab,
  { directory, image, output, docker, runImage, caches, isObserved }: BuildRequest,
) {
  const words = [
    ...["build", image, "--network=host", "--trust-builder"],
    // Without, the phases look for docker's usual socket.
    output === "push" ? "--publish" : "--docker-host=inherit",
    ...(runImage === undefined ? [] : [`--run-image=${runImage}`]),
    ...(caches === undefined ? [] : [`--cache-image=${caches.buildpacks}`]),
    ...(isObserved ? ["--timestamps"] : []),
  ];
  return command(lab, lab.tools.pack, words, directory, docker.environment);
}

/** Two with a cache image: plain buildx writes it with a build of its own. */
function buildxCommands(lab: Lab, request: BuildRequest): readonly Command[] {
  const { directory, image, engine, runImage, caches } = request;
  const words = [
    ...buildWords(request),
    "--file=project.toml",
    ...(runImage === undefined ? [] : [`--build-arg=CNB_RUN_IMAGE=${runImage}`]),
    ...(caches === undefined
      ? []
      : [`--build-arg=CNB_CACHE_IMAGE=${caches.buildpacks}`, `--build-arg=CNB_PREVIOUS_IMAGE=${image}`]),
  ];
  const one = (...more: string[]) =>
    command(lab, lab.tools["docker-buildx"], [...words, ...more, "."], directory, engine);
  const build = one(`--tag=${image}`, ...cacheWords(caches));
  if (caches === undefined) return [build];
  return [build, one(`--tag=${caches.buildpacks}`, "--target=cache-image")];
}

function buildCommand(lab: Lab, request: BuildRequest): Command {
  const { directory, image, engine, runImage, caches } = request;
  const words = [
    ...buildWords(request),
    `--tag=${image}`,
    ...(runImage === undefined ? [] : [`--run-image=${runImage}`]),
    ...(caches === undefined ? [] : [`--cache-image=${caches.buildpacks}`]),
    ...cacheWords(caches),
    ".",
  ];
  // The helper image comes with the package.
  const env = { ...engine, CNB_DOCKERFILE_IMAGE: "" };
  return command(lab, execPath, [program, ...words], directory, env);
}

function dockerfileCommand(lab: Lab, request: BuildRequest): Command {
  const { directory, image, engine, caches } = request;
  const words = [...buildWords(request), `--tag=${image}`, ...cacheWords(caches), "."];
  return command(lab, lab.tools["docker-buildx"], words, directory, engine);
}

function buildWords({ platforms, output, isObserved }: BuildRequest): readonly string[] {
  const network = output === "load" ? ["--network=host", "--allow=network.host"] : [];
  const progress = isObserved ? ["--progress=rawjson"] : ["--progress=plain"];
  return ["build", `--platform=${platforms.join(",")}`, `--${output}`, ...network, ...progress];
}

function cacheWords(caches: RegistryCaches | undefined): readonly string[] {
  if (caches === undefined) return [];
  const at = `type=registry,ref=${caches.steps}`;
  return [`--cache-from=${at}`, `--cache-to=${at},mode=max`];
}

function command(
  lab: Lab,
  file: string,
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Command {
  return { file, words, cwd, env: { ...lab.environment, ...env } };
}
