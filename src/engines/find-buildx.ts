import { type Platform, parsePlatform } from "../image/platform.ts";
import { type BuildxProgram, buildxCommand } from "./buildx.ts";
import { buildxEnvironment } from "./buildx-environment.ts";
import { type Answer, call, lastLine } from "./call.ts";
import type { ImageStore, Search } from "./engine.ts";
import { loadFrontend } from "./load-frontend.ts";

/** Looks for buildx and its instance. In: the instance's name; absent: the one that buildx has chosen. */
export async function findBuildx(instance: string | undefined): Promise<Search> {
  const program = await buildxProgram();
  if (program === undefined) {
    return {
      kind: "missing",
      reason: "there is no buildx: neither `docker-buildx` nor `docker buildx`",
      remedy: "install docker with its buildx plugin",
    };
  }
  const [answer, docker] = await Promise.all([
    inspect(program, instance, ["--bootstrap"]),
    dockerStore(program),
  ]);
  const said = answer.isSuccess ? readInspection(answer.stdout) : undefined;
  const fault = said === undefined ? lastLine(answer.stderr) : said.errors[0];
  if (said === undefined || said.platforms.length === 0) {
    const which = instance === undefined ? "its current instance" : `its instance "${instance}"`;
    return {
      kind: "missing",
      reason: `buildx is there, but not ${which}: ${fault ?? "it has no running node"}`,
      remedy: "start it, or make one with `docker buildx create --use`",
    };
  }
  const isDocker = said.driver === "docker";
  const isClassic = isDocker && !said.isContainerd;
  const own: ImageStore = { kind: "docker", holdsSeveral: said.isContainerd };
  return {
    kind: "found",
    engine: {
      name: "buildx",
      title: `buildx instance "${said.name}" (driver ${said.driver})`,
      platforms: said.platforms,
      versions: said.versions,
      store: isDocker ? own : docker,
      isLimited: isClassic,
      command: (request) => buildxCommand(program, instance, request),
      ...(isClassic ? { load: (layout) => loadFrontend(program, instance, layout, said.platforms) } : {}),
    },
  };
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

interface Inspection {
  readonly name: string;
  readonly driver: string;
  readonly versions: readonly string[];
  readonly platforms: readonly Platform[];
  readonly isContainerd: boolean;
  readonly errors: readonly string[];
}

/** Reads what `inspect` prints; a node's lines come after the instance's. Undefined: it is nothing of the kind. */
export function readInspection(text: string): Inspection | undefined {
  const values = (key: string) =>
    text.split("\n").flatMap((line) => {
      const [, found, value = ""] = /^ ?([\w./ -]+?):\s+(.*)$/.exec(line) ?? [];
      return found === key ? [value.trim()] : [];
    });
  const [name] = values("Name");
  const [driver] = values("Driver");
  if (driver === undefined) return undefined;
  return {
    name: name ?? "default",
    driver,
    versions: values("BuildKit version"),
    // A platform that was given to the instance by hand has a star.
    platforms: values("Platforms").flatMap((list) =>
      list.split(",").flatMap((one) => parsePlatform(one.trim().replace(/\*$/, "")) ?? []),
    ),
    isContainerd: values("org.mobyproject.buildkit.worker.executor").includes("containerd"),
    errors: values("Error"),
  };
}
