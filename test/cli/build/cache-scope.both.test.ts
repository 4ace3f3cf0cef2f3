import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { standInEngines } from "../../helpers/engine-stand-ins.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { describeStarting, itStarting } from "../../helpers/starting.ts";
import { writeClone } from "../../helpers/written-clone.ts";

const output = "--output=type=oci,dest=out.tar";

/** A project, and an engine that tells how it was called. */
async function prepared(files: Readonly<Record<string, string>> = { "project.toml": projectToml }) {
  const place = await workplace(files);
  const engine = standInEngines(join(temporaryDirectory(), "bin"));
  const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    place.run(words, { env: { ...engine.env, ...env } });
  /** Build arguments of the last call that builds. */
  const told = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const known = ["--engine=buildkit", "--buildkit-host=tcp://127.0.0.1:9", "--platform=linux/amd64"];
    const result = await run([...words.slice(0, 1), ...known, ...words.slice(1)], env);
    const pairs = (engine.calls().at(-1)?.words ?? []).flatMap((word) => {
      const [, name, value] = /^--opt=build-arg:([^=]+)=(.*)$/.exec(word) ?? [];
      return name === undefined ? [] : [[name, value] as const];
    });
    return { ...result, given: Object.fromEntries(pairs) };
  };
  return { ...place, run, told, engine };
}

const doors: readonly (readonly string[])[] = [
  ["build", output, "."],
  ["cache", "export", "out", "."],
  ["cache", "export", "registry.example/app-cache", "."],
  ["cache", "import", "registry.example/app-cache", "."],
];

describe.each(doors)("%s %s %s", (...door) => {
  itStarting(
    "hands the scope to our frontend: the flag's, else the build argument's, else the variable's",
    async () => {
      const { told, directory } = await prepared();
      const scopeOf = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
        // The engine's stand-in leaves no cache in the directory, which then is one of something else.
        rmSync(join(directory, "out"), { recursive: true, force: true });
        return (await told([...door, ...words], env)).given.CNB_CACHE_SCOPE;
      };
      const variable = { CNB_CACHE_SCOPE: "machine" };
      expect(await scopeOf(["--cache-scope=pr-7:main"])).toBe("pr-7:main");
      expect(await scopeOf(["--cache-scope=pr-7"], variable)).toBe("pr-7");
      expect(await scopeOf(["--build-arg=CNB_CACHE_SCOPE=argument"], variable)).toBe("argument");
      expect(await scopeOf([], variable)).toBe("machine");
      expect(await scopeOf([], { CNB_CACHE_SCOPE: "" })).toBeUndefined();
    },
  );

  it.each([
    [["--cache-scope="], {}],
    [["--cache-scope=a/b"], {}],
    [["--build-arg=CNB_CACHE_SCOPE=a:b:c"], {}],
    [[], { CNB_CACHE_SCOPE: "feature/x" }],
  ])("builds nothing with a scope that is none: %j %j", async (words, env) => {
    const { told, engine } = await prepared();
    const { exitCode, stderr } = await told([...door, ...words], env);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("[plan/bad-cache-scope]")]);
    expect(engine.calls().filter(({ words: [first] }) => first === "build")).toEqual([]);
  });
});

it("is not given twice", async () => {
  const { told } = await prepared();
  const words = ["build", output, "--cache-scope=a", "--build-arg=CNB_CACHE_SCOPE=b", "."];
  expect((await told(words)).stderr).toContain("[cli/said-twice]");
});

describe("a scope", () => {
  it("is in the id that `generate` writes and `plan` tells, and the file can be made again from itself", async () => {
    const { run, read } = await prepared();
    await run(["generate", "--cache-scope=pr-7", "-o", "Dockerfile"]);
    const scopes = read("Dockerfile").match(/^ARG CNB_CACHE_SCOPE.*$/gm);
    expect(scopes).toEqual(Array(3).fill('ARG CNB_CACHE_SCOPE="pr-7"'));
    expect((await run(["generate", "--check", "Dockerfile"], { CNB_CACHE_SCOPE: "other" })).exitCode).toBe(0);
    const [, id] = /@\}([^/]+)\//.exec(read("Dockerfile")) ?? [];
    const { stdout } = await run(["plan", "--json"], { CNB_CACHE_SCOPE: "pr-7" });
    const plan = JSON.parse(stdout) as { platforms: { platform: string; cacheMount: string }[] };
    for (const { platform, cacheMount } of plan.platforms) {
      expect(cacheMount).toBe(`cnb-dockerfile/pr-7@${id}/${platform}`);
    }
  });

  it("with a base is written without it, with a warning", async () => {
    const { run, read } = await prepared();
    const { stderr } = await run(["generate", "--cache-scope=pr-7:main", "-o", "Dockerfile"]);
    expect(stderr).toContain("[plan/cache-scope-base]");
    expect(read("Dockerfile")).not.toMatch(/^[^#].*main@/m);
    expect(read("Dockerfile")).toContain('ARG CNB_CACHE_SCOPE="pr-7"');
  });

  itStarting(
    "goes to a generated Dockerfile as to a project, and keeps every cache mount of any other apart",
    async () => {
      const { run, told, write } = await prepared();
      await run(["generate", "-o", "Dockerfile"]);
      const words = ["build", output, "--cache-scope=pr-7:main", "-f"];
      expect((await told([...words, "Dockerfile", "."])).given).toEqual({ CNB_CACHE_SCOPE: "pr-7:main" });
      write("plain", "FROM scratch\n");
      expect((await told([...words, "plain", "."])).given).toEqual({ BUILDKIT_CACHE_MOUNT_NS: "pr-7" });
    },
  );
});

describeStarting("where a project is that is in no repository", () => {
  const placeOf = (given: Readonly<Record<string, string | undefined>>) => given.CNB_DOCKERFILE_SOURCE_PLACE;

  it("is told by a hash of its real path, whichever way leads there", async () => {
    const { told, directory } = await prepared({
      "a/project.toml": projectToml,
      "b/project.toml": projectToml,
    });
    symlinkSync(join(directory, "a"), join(directory, "link"));
    const [a, b, link] = [
      placeOf((await told(["build", output, "a"])).given),
      placeOf((await told(["build", output, "b"])).given),
      placeOf((await told(["build", output, "link"])).given),
    ];
    expect(a).toMatch(/^directory:[0-9a-f]{32}$/);
    expect(b).not.toBe(a);
    expect(link).toBe(a);
  });

  it("is not told of a clone, which has its repository", async () => {
    const { told, directory } = await prepared();
    writeClone(directory, "https://git.example/acme/shop");
    const { given } = await told(["build", output, "."]);
    expect([placeOf(given), given.CNB_DOCKERFILE_SOURCE]).toEqual([
      ...[undefined, "https://git.example/acme/shop"],
    ]);
  });

  it("moves with it: a copy elsewhere is another project", async () => {
    const { told, directory } = await prepared({ "a/project.toml": projectToml });
    const before = placeOf((await told(["build", output, "a"])).given);
    mkdirSync(join(directory, "elsewhere"));
    renameSync(join(directory, "a"), join(directory, "elsewhere/a"));
    expect(placeOf((await told(["build", output, "elsewhere/a"])).given)).not.toBe(before);
  });
});
