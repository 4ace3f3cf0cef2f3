import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { fixtures } from "../../lab/paths.ts";
import { springBootJars } from "../../lab/spring-boot-jars.ts";
import { startLab } from "../../lab/start.ts";
import { layVendorMirror } from "../../lab/vendor-mirror.ts";
import { runBuildOrThrow } from "../build-steps.ts";
import { configOf, frontendBuild, type LifecycleLabel } from "../frontend-steps.ts";
import { edit } from "../steps.ts";
import { differencesFromPack, packBuild } from "./pack-comparison.ts";

const platform = "linux/amd64";
const run = Date.now();
let lab: Lab;
let parent: string;
let mirror: FileServer;
/** SHA-256 of each file of the mirror. */
let digests: Readonly<Record<string, string>>;
/** Directory of jars. */
let jars: string;

beforeAll(async () => {
  lab = await startLab();
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-vendors-"));
  const served = join(parent, "mirror");
  mkdirSync(served);
  digests = await layVendorMirror(served);
  mirror = await serveFiles(served);
  jars = await springBootJars();
});
afterAll(async () => {
  await mirror.close();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

interface Build {
  /** What is changed before it. Absent: the first one. */
  readonly change?: (directory: string) => void;
  /** What the buildpacks decided, as they say it: `Reusing cached layer jdk`. */
  readonly said: readonly string[];
  /** What the image answers. */
  readonly answer: string;
}

interface App {
  readonly title: string;
  /** Folder of `test/fixtures/apps`. */
  readonly fixture: string;
  /** Variables of project.toml beside the mirror's. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly prepare?: (directory: string) => void;
  /** The first, one with a changed line, one with a variable or a dependency less. */
  readonly builds: readonly [Build, Build, Build];
}

const variable = (name: string, value: string) =>
  `[[io.buildpacks.build.env]]\nname = "${name}"\nvalue = "${value}"\n`;

const phpPackages = {
  log: { version: "1.1.4", namespace: "Log" },
  container: { version: "1.1.2", namespace: "Container" },
} as const;

const options = "options=-Xmx96m -XX:+UseSerialGC";
const apps: readonly App[] = [
  {
    title: "a JVM app from source",
    fixture: "vendor-java",
    variables: { BPE_DEFAULT_APP_TEAM: "red" },
    builds: [
      {
        said: [
          ...["Contributing layer jre", "Contributing layer helper", "Contributing layer jdk"],
          ...["Downloading slf4j-api 2.0.17", "Downloading slf4j-simple 2.0.17"],
          ...["Contributing layer libraries", "Contributing layer application"],
        ],
        answer: `hello from java team=red ${options}\n`,
      },
      {
        change: (directory) => edit(join(directory, "src/main/resources/app.properties"), "hello", "welcome"),
        said: [
          ...["Reusing kept layer jre", "Reusing kept layer helper", "Reusing cached layer jdk"],
          ...["Using slf4j-api 2.0.17", "Using slf4j-simple 2.0.17"],
          ...["Reusing kept layer libraries", "Contributing layer application"],
        ],
        answer: `welcome from java team=red ${options}\n`,
      },
      {
        change: (directory) =>
          edit(join(directory, "project.toml"), variable("BPE_DEFAULT_APP_TEAM", "red"), ""),
        said: [
          ...["Reusing kept layer jre", "Contributing layer helper", "Reusing cached layer jdk"],
          ...["Using slf4j-api 2.0.17", "Using slf4j-simple 2.0.17"],
          ...["Reusing kept layer libraries", "Reusing cached layer application"],
        ],
        answer: `welcome from java team=null ${options}\n`,
      },
    ],
  },
  {
    title: "a Python app",
    fixture: "vendor-python",
    builds: [
      {
        said: [
          ...["Using Python 3.11, the newest", "Contributing layer python", "Contributing layer pip"],
          ...["Contributing layer packages", "Contributing layer helper"],
        ],
        answer: "hello from python six=True workers=2\n",
      },
      {
        change: (directory) => edit(join(directory, "app.py"), 'greeting = "hello"', 'greeting = "welcome"'),
        said: [
          ...["Using Python 3.11, as before", "Reusing cached layer python", "Reusing cached layer pip"],
          ...["Reusing kept layer packages", "Reusing kept layer helper"],
        ],
        answer: "welcome from python six=True workers=2\n",
      },
      {
        change: (directory) => removeLine(join(directory, "requirements.txt"), "six"),
        said: [
          ...["Using Python 3.11, as before", "Reusing cached layer python", "Reusing cached layer pip"],
          ...["Contributing layer packages", "Reusing kept layer helper"],
        ],
        answer: "welcome from python six=False workers=2\n",
      },
    ],
  },
  {
    title: "a PHP app",
    fixture: "vendor-php",
    variables: { BP_PHP_MEMORY_LIMIT: "48M" },
    prepare: (directory) => lockPackages(directory, ["log", "container"]),
    builds: [
      {
        said: [
          ...["Contributing layer php", "Contributing layer config", "Contributing layer vendor"],
          ...["Downloading psr/log", "Downloading psr/container"],
        ],
        answer: "info hello from php container=true memory=48M\n",
      },
      {
        change: (directory) => edit(join(directory, "public/index.php"), "'hello'", "'welcome'"),
        said: ["Reusing cached layer php", "Reusing kept layer config", "Reusing cached layer vendor"],
        answer: "info welcome from php container=true memory=48M\n",
      },
      {
        change: (directory) => lockPackages(directory, ["log"]),
        said: [
          ...["Reusing cached layer php", "Reusing kept layer config", "Contributing layer vendor"],
          "Using psr/log",
        ],
        answer: "info welcome from php container=false memory=48M\n",
      },
    ],
  },
];

/** Writes composer.lock as Composer would for these packages. */
function lockPackages(directory: string, names: readonly (keyof typeof phpPackages)[]): void {
  const packages = names.map((name) => {
    const { version, namespace } = phpPackages[name];
    const url = `php/psr-${name}.tar.gz`;
    return {
      ...{ name: `psr/${name}`, version, dist: { type: "tar", url, shasum: digests[url] } },
      ...{ type: "library", autoload: { "psr-4": { [`Psr\\${namespace}\\`]: `php/Psr/${namespace}/` } } },
    };
  });
  writeFileSync(join(directory, "composer.lock"), `${JSON.stringify({ packages }, undefined, 2)}\n`);
}

function removeLine(file: string, start: string): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const left = lines.filter((line) => !line.startsWith(start));
  expect(left.length).toBe(lines.length - 1);
  writeFileSync(file, left.join("\n"));
}

function makeApp({ fixture, variables = {}, prepare }: App, id: string): string {
  const directory = mkdtempSync(join(parent, "app-"));
  cpSync(join(fixtures, "apps", fixture), directory, { recursive: true });
  const all = { BP_DEPENDENCY_MIRROR: mirror.address, ...variables };
  writeFileSync(
    join(directory, "project.toml"),
    `# syntax=${inject("toolImage")}
[_]
schema-version = "0.2"
id = "${id}"

[io.buildpacks]
builder = "${lab.images.builderVendors}"

${Object.entries(all)
  .map(([name, value]) => variable(name, value))
  .join("\n")}`,
  );
  prepare?.(directory);
  return directory;
}

/** What buildpacks of `vendor` decided, by the log of either program. */
function saidIn(log: string): string[] {
  return log.split("\n").flatMap((line) => /(?:^|\s)vendor: (.*)$/.exec(line)?.slice(1) ?? []);
}

/** Answers of an image's default process. */
async function answerOf(name: string): Promise<string> {
  const container = await lab.run(name, platform);
  try {
    return await (await container.get()).text();
  } finally {
    // A program that is a container's first one may not hear SIGTERM.
    await container.stop(0);
  }
}

/** What the buildpacks left without contents, by what they say. */
const keptIn = (said: readonly string[]) =>
  said.flatMap((line) => /^Reusing kept layer (.*)$/.exec(line)?.slice(1) ?? []);

/** Layers of buildpacks that the image takes from the one before, by pack's log. */
const reusedByPack = (log: string) =>
  log.split("\n").flatMap((line) => /^Reusing layer 'vendor\/[^:]+:(.*)'$/.exec(line)?.slice(1) ?? []);

/** Layers that our build takes from the image before, by its log. */
const keptByUs = (log: string) =>
  log
    .split("\n")
    .flatMap((line) => / layer vendor\/[^:]+:(.*) kept from the last/.exec(line)?.slice(1) ?? []);

/** Digest of each layer of a buildpack, by its name. */
async function layersOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { config } = await configOf(lab, name, platform);
  const { buildpacks }: LifecycleLabel = JSON.parse(
    config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}",
  );
  const layers = buildpacks.flatMap((buildpack) => Object.entries(buildpack.layers));
  return Object.fromEntries(layers.map(([layer, { sha }]) => [layer, sha]));
}

/** Builds three times with both. In: how, with the names of the two images; out: the logs. */
async function compareBuilds(
  app: string,
  builds: readonly Build[],
  build: (
    change: Build["change"],
    names: { readonly pack: string; readonly ours: string },
  ) => readonly Promise<string>[],
): Promise<void> {
  // Names that no earlier run has left an image under: pack takes one that it finds for the previous one.
  const pack = `${lab.registry}/e2e/vendors-pack:${app}-${run}`;
  const ours = `${lab.registry}/e2e/vendors-ours:${app}-${run}`;
  let before: Readonly<Record<string, string>> = {};
  for (const { change, said, answer } of builds) {
    const [theirLog = "", ourLog = ""] = await Promise.all(build(change, { pack, ours }));
    expect(saidIn(theirLog)).toEqual(said);
    expect(saidIn(ourLog)).toEqual(said);
    expect(reusedByPack(theirLog)).toEqual(expect.arrayContaining(keptIn(said)));
    expect(keptByUs(ourLog).sort()).toEqual(keptIn(said).sort());
    const after = await layersOf(ours);
    expect(keptIn(said).map((layer) => after[layer])).toEqual(keptIn(said).map((layer) => before[layer]));
    before = after;
    expect(await differencesFromPack(lab, { pack, ours, platform })).toEqual([]);
    expect([await answerOf(pack), await answerOf(ours)]).toEqual([answer, answer]);
  }
}

describe("buildpacks written the way vendors write them: pack and we decide and make the same in three builds of", () => {
  it.each(apps)("$title", async (app) => {
    const directory = makeApp(app, `com.example.${app.fixture}-${run}`);
    await compareBuilds(app.fixture, app.builds, (change, { pack, ours }) => {
      change?.(directory);
      const words = ["--file=project.toml"];
      return [
        packBuild(lab, directory, pack),
        frontendBuild(lab, { context: directory, platforms: [platform], name: ours, words }),
      ];
    });
  });

  it("a Spring Boot jar", async () => {
    const directory = mkdtempSync(join(parent, "jar-"));
    const takeJar = (name: string) => () => cpSync(join(jars, `${name}.jar`), join(directory, "app.jar"));
    const kept = ["Reusing kept layer jre", "Reusing kept layer helper"];
    const builds: readonly Build[] = [
      {
        change: takeJar("first"),
        said: ["Contributing layer jre", "Contributing layer helper"],
        answer: "hello from Spring Boot 4.0.7 slf4j=true\n",
      },
      { change: takeJar("changed"), said: kept, answer: "welcome from Spring Boot 4.0.7 slf4j=true\n" },
      { change: takeJar("smaller"), said: kept, answer: "welcome from Spring Boot 4.0.7 slf4j=false\n" },
    ];
    await compareBuilds("jar", builds, (change, { pack, ours }) => {
      change?.(directory);
      const words = [
        ...["--path=app.jar", `--builder=${lab.images.builderVendors}`],
        `--env=BP_DEPENDENCY_MIRROR=${mirror.address}`,
      ];
      const own = [`--tag=${ours}`, "--push", `--platform=${platform}`];
      // A zip says nothing of the directory itself: with pack it is docker's.
      const asDocker = "--workspace-mode=0755";
      return [
        packBuild(lab, directory, pack, words),
        runBuildOrThrow(lab, directory, [...words, ...own, asDocker, "--progress=plain"]),
      ];
    });
  });
});
