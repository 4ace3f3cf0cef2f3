import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import { standInEngines } from "../helpers/engine-stand-ins.ts";
import { git } from "../helpers/git.ts";
import { unclassifiedSettings } from "../helpers/git-settings.ts";
import {
  type HostileRepository,
  hostileKinds,
  makeHostileRepository,
} from "../helpers/hostile-repository.ts";
import { projectToml, workplace } from "../helpers/program.ts";
import { startWebServer } from "../helpers/web-server.ts";
import { type GitServer, serveGit } from "../lab/git-server.ts";

/** A directory for the tests of a block; it is made only where one of them runs. */
function blockDirectory(): () => string {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-hostile-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return () => directory;
}

const noId = projectToml.replace('id = "shop"\n', "");

it("every setting that this machine's git knows is planted, or is known to name no program", async () => {
  const { stdout } = await execa("git", ["help", "--config"]);
  const names = stdout.split("\n").filter((line) => /^[A-Za-z0-9]+\./.test(line));
  expect(names.length).toBeGreaterThan(500);
  expect(unclassifiedSettings(names)).toEqual([]);
  expect(unclassifiedSettings(["core.newCommand", "novel.command", "filter.<driver>.novel"])).toHaveLength(3);
});

/** git, as who does not know what he looks at: it shows that the traps work. */
async function lookWithGit(directory: string): Promise<void> {
  const env = {
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_EDITOR: undefined,
  };
  for (const words of [
    ["show", "HEAD"],
    ["log", "-1", "HEAD"],
    ["status"],
    ["diff", "HEAD"],
    ["ls-remote", "origin"],
    ["ls-remote", "other"],
    ["submodule", "update", "--init"],
    ["commit", "--allow-empty", "-m", "x"],
    ["archive", "--format=tar.gz", "HEAD"],
    ["checkout", "-f", "HEAD", "--", "."],
  ]) {
    await execa("git", ["-c", "safe.directory=*", ...words], {
      cwd: directory,
      env,
      reject: false,
      stdin: "ignore",
    });
  }
}

it.each([
  ["missing", /upload_?pack|uploadpack/],
  ["signed", /gpg/],
  ["worktree", /fsmonitor/],
  ["bare", /alias|gitProxy|insteadOf|uploadpack|pager|vcs/],
] as const)(
  "the repository %s has git run what it names, so that the test below can fail",
  async (kind, expected) => {
    const { directory, markers } = await makeHostileRepository(temporaryDirectory(), kind, {
      "project.toml": noId,
    });
    await lookWithGit(directory);
    expect(markers().join(" ")).toMatch(expected);
  },
);

/** Programs of this machine, engines that stand in, and a git that notes where it is started. */
function machine() {
  const place = temporaryDirectory();
  const engine = standInEngines(join(place, "bin"));
  const log = join(place, "git-calls");
  writeFileSync(
    join(place, "bin", "git"),
    `#!/bin/sh\nprintf '%s: %s\\n' "$PWD" "$*" >>'${log}'\nPATH='${process.env.PATH}' exec git "$@"\n`,
    { mode: 0o755 },
  );
  return {
    ...engine,
    gitCalls: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
  };
}

const platform = "--platform=linux/amd64";
const builds: readonly (readonly string[])[] = [
  ["build", "--engine=buildx", platform, "--output=type=oci,dest=/dev/null"],
  [
    "build",
    "--engine=buildkit",
    "--buildkit-host=tcp://127.0.0.1:9",
    platform,
    "--output=type=oci,dest=/dev/null",
  ],
];

describe.each(hostileKinds)("a directory with the repository %s", (kind) => {
  let hostile: HostileRepository;
  const place = blockDirectory();
  beforeAll(async () => {
    hostile = await makeHostileRepository(place(), kind, {
      "project.toml": noId,
      Dockerfile: "FROM scratch\n",
    });
  });

  it("runs nothing at any door, and no git is started in it", async () => {
    const { run, builder, directory: elsewhere } = await workplace();
    const { env, gitCalls, calls } = machine();
    writeFileSync(join(hostile.directory, "project.toml"), noId.replace("BUILDER", builder));
    const target = temporaryDirectory();
    const containerEnv = {
      ...{
        PLP_SOURCE_PATH: hostile.directory,
        PLP_BUILD_PATH: target,
        PLP_CACHE_PATH: join(target, "cache"),
      },
      ...{ GIT_SHA: "de".repeat(20), GIT_REPOSITORY_URL: "https://git.example/acme/shop.git" },
    };
    const doors = [
      [["check"], 0, {}],
      [["generate"], 0, {}],
      [["plan"], 0, {}],
      ...builds.map((build) => [build, 0, {}] as const),
      [[...(builds[0] ?? []), "--dry-run"], 0, {}],
      [[...(builds[0] ?? []), `--file=${join(hostile.directory, "Dockerfile")}`], 0, {}],
      [["cache", "export", "--engine=buildx", platform, "--dry-run", join(target, "out")], 0, {}],
      [["container"], 1, containerEnv],
    ] as const;
    for (const [index, [words, expected, more]] of doors.entries()) {
      // From inside as well as from outside.
      const isInside = index % 2 === 0;
      const source = words[0] === "container" ? [] : [isInside ? "." : hostile.directory];
      const settings = { cwd: isInside ? hostile.directory : elsewhere, env: { ...env, ...more } };
      const { exitCode, stderr } = await run([...words, ...source], settings);
      expect({ words, exitCode, markers: hostile.markers() }, stderr).toEqual({
        ...{ words, exitCode: expected, markers: [] },
      });
      // An operator's mistake at most, never ours.
      expect(stderr).not.toContain("    at ");
    }
    expect(gitCalls()).toEqual([]);
    expect(calls().filter(({ words }) => words.includes("build"))).not.toEqual([]);
  });

  it("comes as an archive without `.git`, unless that is asked for, and nothing of it is run", async () => {
    const { run, directory: elsewhere } = await workplace();
    const archive = join(temporaryDirectory(), "app.tgz");
    await execa("tar", ["-czf", archive, "-C", hostile.directory, "."]);
    const address = await startWebServer((_, response) => response.end(readFileSync(archive)));
    for (const [index, build] of builds.entries()) {
      const { env, gitCalls, calls } = machine();
      const settings = { cwd: elsewhere, env };
      const keep = index === 0 ? [] : ["--keep-git-dir"];
      const words = [...build, ...keep, "--builder=127.0.0.1:9/acme/builder"];
      for (const { exitCode, stderr } of [
        await run([...words, `${address}/app.tgz`], settings),
        await run([...words, "-"], { ...settings, inputFile: archive }),
      ]) {
        expect({ exitCode, markers: hostile.markers() }, stderr).toEqual({ exitCode: 0, markers: [] });
      }
      expect(gitCalls()).toEqual([]);
      const built = calls().filter(({ words: [first, second] }) => [first, second].includes("build"));
      expect(built).toHaveLength(2);
      const isThere = keep.length > 0 && !["bare", "committed"].includes(kind);
      for (const { repositories } of built) expect(repositories.length > 0).toBe(isThere);
    }
  });
});

it("an archive loses `.git` at any depth and in any spelling that a file system takes for it", async () => {
  const { run, directory: elsewhere } = await workplace();
  const tree = temporaryDirectory();
  for (const path of [
    ".git/config",
    "a/b/.git/config",
    "sub/.git",
    ".GIT/config",
    ".gitignore",
    "git/config",
  ]) {
    mkdirSync(join(tree, path, ".."), { recursive: true });
    writeFileSync(join(tree, path), "x");
  }
  const archive = join(temporaryDirectory(), "app.tar");
  await execa("tar", ["-cf", archive, "-C", tree, "."]);
  const { env } = machine();
  const listed = join(temporaryDirectory(), "listed");
  const [bin = ""] = env.PATH?.split(delimiter) ?? [];
  writeFileSync(
    join(bin, "docker-buildx"),
    `${readFileSync(join(bin, "docker-buildx"), "utf8")}[ "$1" = build ] && (cd "$context" && find . -type f | sort >'${listed}')\nexit 0\n`,
  );
  const [build = []] = builds;
  const answer = await run([...build, "--builder=127.0.0.1:9/acme/builder", "-"], {
    cwd: elsewhere,
    env,
    inputFile: archive,
  });
  expect(answer).toMatchObject({ exitCode: 0 });
  expect(readFileSync(listed, "utf8").trim().split("\n")).toEqual(["./.gitignore", "./git/config"]);
});

describe("a repository that is fetched", () => {
  const place = blockDirectory();
  let hostile: HostileRepository;
  let server: GitServer;
  beforeAll(async () => {
    hostile = await makeHostileRepository(place(), "committed", { "project.toml": noId });
    const [tree, served] = [join(place(), "tree"), join(place(), "served")];
    cpSync(hostile.directory, tree, { recursive: true });
    // A fetch refuses a submodule that names a program.
    const modules = readFileSync(join(tree, ".gitmodules"), "utf8");
    writeFileSync(join(tree, ".gitmodules"), modules.replace(/^update = .*\n/m, ""));
    await git(tree, "init", "-q", "--initial-branch=main");
    await git(tree, "add", "--force", ".");
    await git(tree, "commit", "-qm", "all that a commit can hold");
    mkdirSync(served);
    await git(tree, "clone", "-q", "--bare", ".", join(served, "shop.git"));
    server = await serveGit(served);
  });
  afterAll(() => server.close());

  it.each(["", "#main", "#:embedded", "#main:embedded"])(
    "at URL%s runs nothing of what it holds",
    async (rest) => {
      const { run } = await workplace();
      // Where it is started from is hostile as well.
      const around = await makeHostileRepository(temporaryDirectory(), "signed", {});
      for (const [index, build] of builds.entries()) {
        const { env, gitCalls, calls } = machine();
        const keep = index === 0 ? [] : ["--keep-git-dir"];
        const words = [
          ...build,
          ...keep,
          "--builder=127.0.0.1:9/acme/builder",
          "-g",
          `${server.address}/shop.git${rest}`,
        ];
        const { exitCode, stderr } = await run(words, { env, cwd: around.directory });
        const markers = [...hostile.markers(), ...around.markers()];
        expect({ exitCode, markers }, stderr).toEqual({ exitCode: 0, markers: [] });
        // git is what fetches, and is done before BuildKit's client begins.
        expect(gitCalls().filter((call) => / show | log -1 HEAD/.test(call))).toEqual([]);
        const [built] = calls().filter(({ words: [first, second] }) => [first, second].includes("build"));
        const isThere = keep.length > 0 && !rest.includes("embedded");
        expect((built?.repositories.length ?? 0) > 0).toBe(isThere);
      }
    },
  );
});
