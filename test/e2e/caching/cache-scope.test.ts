import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { frontendBuild } from "../frontend-steps.ts";
import { build, buildOrThrow, cnbDockerfile, generate } from "../steps.ts";

const platforms = ["linux/amd64"];
const id = `com.example.victim.${Date.now()}`;
const store = '[[io.buildpacks.group]]\nid = "lab/store"\n';
let lab: Lab;
let place: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  place = copySampleApp("procfile");
});
afterAll(async () => {
  place.remove();
  await lab.close();
});

/** An app in a directory of its own, which calls itself as every other. */
function app(name: string): string {
  const directory = join(place.directory, "..", `${name}-${Date.now()}`);
  mkdirSync(directory);
  cpSync(join(place.directory, "Procfile"), join(directory, "Procfile"));
  describeProject(lab, directory, id, store);
  return directory;
}

let source = 0;
/** Changes the source, so that the buildpacks run. */
const change = (directory: string, text = `${id} ${++source}`) =>
  writeFileSync(join(directory, "source.txt"), text);

/** How many builds the cached layer has seen, this one included. */
const countIn = (log: string) => Number(/build (\d+) by the cached layer/.exec(log)?.[1] ?? 0);

/** Builds up to the stage that writes the cache: the image's layers are of no matter here. Out: see `countIn`. */
const countAsItIs = async (directory: string, words: readonly string[] = [], env = {}): Promise<number> => {
  const flags = ["--platform=linux/amd64", "--target=export", "--output=type=cacheonly", "--progress=plain"];
  return countIn(await runBuildOrThrow(lab, directory, [...flags, ...words, "."], env));
};

/** Builds a source that nobody has built. */
function count(directory: string, words: readonly string[] = [], env = {}): Promise<number> {
  change(directory);
  return countAsItIs(directory, words, env);
}

it("an app that names another's id neither sees nor changes its cache, nor has its next source answered", async () => {
  const [victim, attacker] = [app("victim"), app("attacker")];
  const counts = [await count(victim), await count(attacker), await count(victim)];
  expect(counts).toEqual([1, 1, 2]);
  // What is public is known to everybody before the victim's machine builds it.
  const next = `${id} ${++source}`;
  const ofNext: number[] = [];
  for (const directory of [attacker, victim]) {
    change(directory, next);
    ofNext.push(await countAsItIs(directory));
  }
  // From one cache, the second would count on from the first, or be answered with it.
  expect(ofNext).toEqual([2, 3]);
});

describe("a scope", () => {
  const scope = (name: string) => `${name}-${Date.now()}`;

  it("is the same by every door, and another one by each", async () => {
    const directory = app("doors");
    const main = scope("main");
    const dockerfile = () => generate(directory, ["--builder", lab.images.builder]);
    const byPlainBuildkit = async (text: string, more: readonly string[]) => {
      change(directory);
      const words = ["--target=export", ...more];
      return countIn(await buildOrThrow(lab, { directory, dockerfile: text, platforms, words }));
    };
    const byFrontend = async (words: readonly string[]) => {
      change(directory);
      const name = `${lab.registry}/e2e/cache-scope:doors`;
      const syntax = `# syntax=${inject("toolImage")}\n`;
      writeFileSync(
        join(directory, "plain.toml"),
        syntax + readFileSync(join(directory, "project.toml"), "utf8"),
      );
      return countIn(
        await frontendBuild(lab, {
          context: directory,
          platforms,
          name,
          words: ["--file=plain.toml", ...words],
        }),
      );
    };
    const argument = [`--build-arg=CNB_CACHE_SCOPE=${main}`];
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(1);
    expect(await count(directory, [], { CNB_CACHE_SCOPE: main })).toBe(2);
    expect(await byFrontend(argument)).toBe(3);
    expect(await byPlainBuildkit(await dockerfile(), argument)).toBe(4);
    expect(await byPlainBuildkit(await generate(directory, [`--cache-scope=${main}`]), [])).toBe(5);
    writeFileSync(join(directory, "..", `generated-${main}`), await dockerfile());
    expect(await count(directory, [`--cache-scope=${main}`, "-f", join("..", `generated-${main}`)])).toBe(6);
    // Each of them without it, or with another one, is elsewhere.
    expect(await count(directory, [`--cache-scope=${scope("other")}`])).toBe(1);
    expect(await count(directory)).toBe(1);
  });

  it("with a base reads that one's cache, and writes its own; no step is answered with another scope's", async () => {
    const directory = app("base");
    const [main, pull] = [scope("main"), scope("pr-7")];
    const both = `--cache-scope=${pull}:${main}`;
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(1);
    expect(await count(directory, [both])).toBe(2);
    expect(await count(directory, [both])).toBe(3);
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(2);
    // The pull request's own cache counts as soon as there is one.
    expect(await count(directory, [both])).toBe(4);
    // BuildKit empties the caches of a build that is to have none.
    expect(await count(directory, [both, "--no-cache"])).toBe(1);
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(3);
    // The pull request is built, then merged as it is.
    change(directory);
    const counts: number[] = [];
    for (const name of [pull, main]) counts.push(await countAsItIs(directory, [`--cache-scope=${name}`]));
    expect(counts).toEqual([2, 4]);
  });

  it("holds every cache mount of a Dockerfile that names others", async () => {
    const directory = app("edited");
    const [main, evil] = [scope("main"), scope("evil")];
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(1);
    const made = await generate(directory, ["--builder", lab.images.builder]);
    const edited = made
      .replaceAll(/\$\{CNB_CACHE_SCOPE:[^}]*\}/g, `${main}@`)
      .replaceAll("ARG CNB_CACHE_SCOPE", `ARG CNB_CACHE_SCOPE=${main}\nENV CNB_CACHE_SCOPE=${main}`);
    expect(edited).not.toBe(made);
    const file = join("..", `edited-${evil}`);
    writeFileSync(join(directory, file), edited);
    expect(await count(directory, [`--cache-scope=${evil}`, "-f", file])).toBe(1);
    expect(await count(directory, [`--cache-scope=${main}`])).toBe(2);
  });

  it("with a base is refused, not misread, where BuildKit builds a Dockerfile alone", async () => {
    const directory = app("alone");
    const dockerfile = await generate(directory, ["--builder", lab.images.builder]);
    change(directory);
    const words = ["--build-arg=CNB_CACHE_SCOPE=pr-7:main"];
    const { exitCode, log } = await build(lab, { directory, dockerfile, platforms, words });
    expect(exitCode).not.toBe(0);
    expect(log).toContain("[export/cache-scope-pair]");
  });

  it("is part of what is exported: another scope cannot import it, unless it is its base", async () => {
    const directory = app("carried");
    const [main, pull] = [scope("main"), scope("pr-9")];
    const carried = join("..", `carried-${main}`);
    const cache = (action: string, name: string) =>
      cnbDockerfile(
        directory,
        [
          "cache",
          action,
          carried,
          ".",
          "--platform=linux/amd64",
          "--progress=plain",
          `--cache-scope=${name}`,
        ],
        { ...lab.environment, CNB_DOCKERFILE_IMAGE: "" },
      );
    try {
      await count(directory, [`--cache-scope=${main}`]);
      expect((await cache("export", main)).exitCode).toBe(0);
      const refused = await cache("import", pull);
      expect([refused.exitCode, refused.stderr]).toEqual([
        1,
        expect.stringContaining("[export/cache-of-another]"),
      ]);
      expect((await cache("import", `${pull}:${main}`)).exitCode).toBe(0);
      expect(await count(directory, [`--cache-scope=${pull}`])).toBe(2);
    } finally {
      rmSync(join(directory, carried), { recursive: true, force: true });
    }
  });
});
