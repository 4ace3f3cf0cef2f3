import { type Platform, parsePlatform } from "../../image/platform.ts";
import { type Answer, call, lastLine } from "../call.ts";
import type { ImageStore, Search } from "../engine.ts";
import { type BuildxProgram, buildxCommand, buildxHistoryCommand } from "./buildx.ts";
import { buildxEnvironment } from "./buildx-environment.ts";
import { frontendLoad } from "./load-frontend.ts";
import { firstOfEach, ownPlatform } from "./native-platforms.ts";
import { openHost } from "./open-host.ts";

/** Drivers whose BuildKit buildx starts by itself, from an image. Source: docker/buildx, "Drivers". */
const startingDrivers: readonly string[] = ["docker-container", "kubernetes"];

/**
 * Looks for buildx and its instance, which is started if it has to be. In: the instance's name, absent: the one that buildx has
 * chosen; the platforms that an instance is taken to have that would have to be started and is not; absent: it is started.
 */
export async function findBuildx(
  instance: string | undefined,
  assumedPlatforms?: readonly Platform[],
): Promise<Search> {
  const program = await buildxProgram();
  if (program === undefined) {
    return {
      kind: "missing",
      reason: "buildx is not installed (tried `docker-buildx` and `docker buildx`)",
      remedy: "install Docker with the buildx plugin",
    };
  }
  const [answer, docker] = await Promise.all([
    inspect(program, instance, assumedPlatforms === undefined ? ["--bootstrap"] : []),
    dockerStore(program),
  ]);
  const read = answer.isSuccess ? readInspection(answer.stdout) : undefined;
  const said = read && assumedPlatforms ? startedInspection(read, assumedPlatforms) : read;
  const fault = said === undefined ? lastLine(answer.stderr) : said.errors[0];
  if (said === undefined || said.platforms.length === 0) {
    const which = instance === undefined ? "its current builder" : `builder "${instance}"`;
    return {
      kind: "missing",
      reason: `buildx is installed, but ${which} is not available: ${fault ?? "it has no running node"}`,
      remedy: "start it, or create one with `docker buildx create --use`",
    };
  }
  const isDocker = said.driver === "docker";
  const isClassic = isDocker && !said.isContainerd;
  const own: ImageStore = { kind: "docker", holdsSeveral: said.isContainerd };
  return {
    kind: "found",
    engine: {
      name: "buildx",
      title: `buildx builder "${said.name}" (driver ${said.driver})`,
      platforms: said.platforms,
      nativePlatforms: firstOfEach(said.nodes.map(({ platforms }) => platforms)),
      versions: said.versions,
      store: isDocker ? own : docker,
      openHosts: openHosts(said, process.env),
      isLimited: isClassic,
      command: (request) => buildxCommand(program, instance, request),
      history: (reference) => buildxHistoryCommand(program, instance, reference),
      ...(isClassic ? { load: (layout) => frontendLoad(program, instance, layout, said.platforms) } : {}),
    },
  };
}

/** What an instance would say of itself that a build starts. */
function startedInspection(said: Inspection, platforms: readonly Platform[]): Inspection {
  const { driver, errors, nodes } = said;
  if (said.platforms.length > 0 || errors.length > 0 || !startingDrivers.includes(driver)) return said;
  const all = [ownPlatform, ...platforms];
  return { ...said, platforms: all, nodes: nodes.map((node) => ({ ...node, platforms: all })) };
}

async function buildxProgram(): Promise<BuildxProgram | undefined> {
  const alone = await ask(["docker-buildx"], ["version"]);
  if (alone.isSuccess) return ["docker-buildx"];
  const plugin = await ask(["docker", "buildx"], ["version"]);
  return plugin.isSuccess ? ["docker", "buildx"] : undefined;
}

function inspect(
  program: BuildxProgram,
  instance: string | undefined,
  flags: readonly string[],
): Promise<Answer> {
  // A new instance may have to pull its image first.
  return ask(program, ["inspect", ...flags, ...(instance === undefined ? [] : [instance])], 300_000);
}

function ask(
  [program, ...first]: BuildxProgram,
  words: readonly string[],
  timeoutMs?: number,
): Promise<Answer> {
  return call({ program, arguments: [...first, ...words], env: buildxEnvironment }, timeoutMs);
}

/** Docker's own image store, whichever instance builds: buildx can load images into it. */
async function dockerStore(program: BuildxProgram): Promise<ImageStore> {
  const { stdout, isSuccess } = await inspect(program, "default", []);
  const said = isSuccess ? readInspection(stdout) : undefined;
  return said === undefined || said.platforms.length === 0
    ? { kind: "none" }
    : { kind: "docker", holdsSeveral: said.isContainerd };
}

/**
 * An instance's nodes that are reached in the clear. The driver `remote` has TLS by its options, the others as the docker
 * command has it, by variables; of one that a docker context names nothing is known.
 * Source: docker/buildx, driver/remote; docker, "Environment variables".
 */
export function openHosts(
  { driver, nodes }: Pick<Inspection, "driver" | "nodes">,
  env: NodeJS.ProcessEnv,
): string[] {
  const hasDockerTls = Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS);
  return nodes.flatMap(({ endpoint, options }) => {
    if (driver === "remote") return openHost(endpoint, /(?:^| )(?:cacert|servername)=/.test(options)) ?? [];
    const address = endpoint === "default" ? (env.DOCKER_HOST ?? "") : endpoint;
    return openHost(address, hasDockerTls) ?? [];
  });
}

interface Node {
  /** Address of a BuildKit or docker daemon, or name of a docker context. */
  readonly endpoint: string;
  /** `NAME="VALUE"`, with spaces in between. */
  readonly options: string;
  /** Its own first. */
  readonly platforms: readonly Platform[];
}

interface Inspection {
  readonly name: string;
  readonly driver: string;
  readonly nodes: readonly Node[];
  readonly versions: readonly string[];
  readonly platforms: readonly Platform[];
  readonly isContainerd: boolean;
  readonly errors: readonly string[];
}

/** Reads what `inspect` prints; a node's lines come after the instance's. Undefined: it is nothing of the kind. */
export function readInspection(text: string): Inspection | undefined {
  const values = (key: string, part = text) =>
    part.split("\n").flatMap((line) => {
      const [, found, value = ""] = /^ ?([\w./ -]+?):\s+(.*)$/.exec(line) ?? [];
      return found === key ? [value.trim()] : [];
    });
  // A platform that was given to the instance by hand has a star.
  const listed = (lists: readonly string[]) =>
    lists.flatMap((list) =>
      list.split(",").flatMap((one) => parsePlatform(one.trim().replace(/\*$/, "")) ?? []),
    );
  const [name] = values("Name");
  const [driver] = values("Driver");
  if (driver === undefined) return undefined;
  return {
    name: name ?? "default",
    driver,
    nodes: text.split(/^Name:/m).flatMap((part) => {
      const [endpoint] = values("Endpoint", part);
      if (endpoint === undefined) return [];
      const options = values("Driver Options", part)[0] ?? "";
      return [{ endpoint, options, platforms: listed(values("Platforms", part)) }];
    }),
    versions: values("BuildKit version"),
    platforms: listed(values("Platforms")),
    isContainerd: values("org.mobyproject.buildkit.worker.executor").includes("containerd"),
    errors: values("Error"),
  };
}
