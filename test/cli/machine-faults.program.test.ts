import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { standInBuildctl } from "../helpers/buildctl-stand-in.ts";
import { neighbourTest } from "../helpers/neighbour.ts";
import { projectToml, type RunResult, workplace } from "../helpers/program.ts";
import { smallDisk } from "../helpers/small-disk.ts";

const program = join(import.meta.dirname, "..", "..", "dist", "main.js");

/** Codes of what is said, and the exit code. Throws where it is a stack, which nobody can act upon. */
function told({ stderr, exitCode }: RunResult) {
  if (/^\s+at .*:\d+:\d+\)?$/m.test(stderr) || exitCode === 70) throw new Error(stderr);
  return {
    exitCode,
    codes: Array.from(stderr.matchAll(/^(?:error|warning): .*\[([\w/-]+)\]$/gm), ([, code]) => code),
  };
}

async function place() {
  const { start, run, directory, builder } = await workplace({
    "project.toml": projectToml,
    Dockerfile: "FROM scratch\n",
  });
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const env = { ...engine.env, CNB_DOCKERFILE_IMAGE: "registry.example/cnb-dockerfile:0" };
  const home = dirname(directory);
  const words = {
    build: ["build", "--engine=buildkit", "--output=type=oci,dest=out.tar", "."],
    generate: ["generate", "--cache-id=x", `--builder=${builder}`, "."],
    check: ["check", `--builder=${builder}`, "."],
    plan: ["plan", `--builder=${builder}`, "."],
  };
  // What is before the commands, and is the same for all, keeps compiled code: one of them shows it in a process of its own.
  const call = async (command: keyof typeof words, more: Readonly<Record<string, string>>) =>
    told(await (command === "build" ? start : run)(words[command], { env: { ...env, ...more } }));
  return { call, run: start, directory, home, env, engine };
}

const commands = ["build", "generate", "check", "plan"] as const;

describe.each(commands)("%s goes on without what it keeps", (command) => {
  it.each([
    ["HOME is below /proc", { HOME: "/proc/1/x" }],
    ["HOME is a file", { HOME: import.meta.filename }],
    ["HOME is empty", { HOME: "" }],
    ["HOME is relative", { HOME: "home" }],
    ["XDG's directories are relative", { XDG_CACHE_HOME: "cache", XDG_STATE_HOME: "state" }],
    ["HOME is too long", { HOME: `/${"x".repeat(300)}` }],
    [
      "XDG's directories are files",
      {
        ...{ XDG_CACHE_HOME: import.meta.filename, XDG_DATA_HOME: import.meta.filename },
        ...{ XDG_STATE_HOME: import.meta.filename, XDG_RUNTIME_DIR: import.meta.filename },
      },
    ],
  ])("where %s", async (_, env) => {
    const { call, home, directory } = await place();
    // An empty or relative one is that of the user database, whose directories are no test's.
    const isUnusable = "HOME" in env && (env.HOME === "" || env.HOME === "home");
    const more = isUnusable ? { ...env, XDG_CACHE_HOME: home, XDG_STATE_HOME: home } : env;
    const before = readdirSync(directory);
    expect(await call(command, more)).toEqual({ exitCode: 0, codes: [] });
    const added = readdirSync(directory).filter((name) => !before.includes(name));
    expect(added.filter((name) => /^(?:home|cache|state|\.cache|\.local)$/.test(name))).toEqual([]);
  });
});

describe("a directory for temporary files is asked for by its name", () => {
  it.each([
    ["is missing", "missing", "no such file or directory"],
    ["is a file", "file", "not a directory"],
    ["goes round in a circle", "circle", "too many levels of symbolic links"],
    ["has too long a name", "x".repeat(300), "file name too long"],
  ])("where it %s", async (_, name, reason) => {
    const { run, home, env } = await place();
    writeFileSync(join(home, "file"), "");
    symlinkSync("circle", join(home, "circle"));
    const TMPDIR = join(home, name);
    const result = await run(["build", "--engine=buildkit", "."], { env: { ...env, TMPDIR } });
    expect(told(result)).toEqual({ exitCode: 1, codes: ["private/no-temporary-directory"] });
    expect(result.stderr).toContain(`Temporary files cannot be written to ${TMPDIR}: ${reason}.`);
  });

  neighbourTest("where it is read-only", async () => {
    const { call } = await place();
    const TMPDIR = await smallDisk("ro");
    expect(await call("build", { TMPDIR })).toEqual({
      exitCode: 1,
      codes: ["private/no-temporary-directory"],
    });
  });

  neighbourTest("where no file can be made any more", async () => {
    const { call } = await place();
    const TMPDIR = await smallDisk("nr_inodes=1");
    expect(await call("build", { TMPDIR })).toEqual({
      exitCode: 1,
      codes: ["private/no-temporary-directory"],
    });
  });
});

neighbourTest("a full disk for temporary files is said, and nothing is left there", async () => {
  const { env, home } = await place();
  const TMPDIR = await smallDisk("size=16k");
  writeFileSync(join(home, "big.tar"), Buffer.alloc(1_000_000));
  const words = ["-c", 'exec "$@" <"$HOME/big.tar"', "sh", process.execPath, "--", program];
  const { stderr, exitCode } = await execa("sh", [...words, "build", "--engine=buildkit", "-"], {
    ...{ cwd: home, env: { ...env, HOME: home, TMPDIR }, extendEnv: false, reject: false },
  });
  expect(told({ stderr: `${stderr}\n`, exitCode, stdout: "" })).toEqual({
    exitCode: 1,
    codes: ["cli/no-room"],
  });
  expect(stderr).toContain("the disk is nearly full");
  expect(readdirSync(TMPDIR)).toEqual([]);
});

neighbourTest("so is one that gets full in the middle of the work", async () => {
  const { run, env } = await place();
  const TMPDIR = await smallDisk("size=4k");
  writeFileSync(join(TMPDIR, "full"), Buffer.alloc(4096));
  // What the build leaves out of the source, as its own archive, is written there.
  const result = await run(["build", "--engine=buildkit", "."], { env: { ...env, TMPDIR } });
  expect(told(result)).toEqual({ exitCode: 1, codes: ["cli/system-refused"] });
  expect(result.stderr).toContain("no space left on device");
  expect(readdirSync(TMPDIR)).toEqual(["full"]);
});

neighbourTest("a cache on a full disk is no fault, and nothing is lost", async () => {
  const { call } = await place();
  for (const options of ["size=4k", "nr_inodes=1", "ro"]) {
    const disk = await smallDisk(options);
    for (const command of commands) {
      const env = { XDG_CACHE_HOME: disk, XDG_STATE_HOME: disk };
      expect(await call(command, env), `${command} with ${options}`).toEqual({ exitCode: 0, codes: [] });
    }
  }
});

it("a current directory that is gone is said", async () => {
  const { home, env, directory } = await place();
  for (const words of [
    ["build", "."],
    ["build", "--dry-run"],
    ["check"],
    ["generate"],
    ["plan"],
    ["cache", "export", "x"],
  ]) {
    const gone = join(home, "gone");
    mkdirSync(gone);
    const script = 'cd "$HOME/gone" && rmdir ../gone && exec "$@"';
    const { stderr, exitCode } = await execa(
      "sh",
      ["-c", script, "sh", process.execPath, "--", program, ...words],
      {
        ...{ cwd: directory, env: { ...env, HOME: home }, extendEnv: false, reject: false },
      },
    );
    rmSync(gone, { recursive: true, force: true });
    const result = told({ stderr: `${stderr}\n`, exitCode, stdout: "" });
    expect([words, result]).toEqual([words, { exitCode: 1, codes: ["cli/no-current-directory"] }]);
  }
});

it("too few files that may be open are no internal error", async () => {
  const { home, env, directory, engine } = await place();
  for (const limit of [32, 48, 64]) {
    const script = `ulimit -n ${limit}; exec "$@"`;
    const words = ["build", "--engine=buildkit", "--output=type=oci,dest=out.tar", "."];
    const { stderr, exitCode } = await execa(
      "sh",
      ["-c", script, "sh", process.execPath, "--", program, ...words],
      {
        ...{ cwd: directory, env: { ...env, HOME: home }, extendEnv: false, reject: false },
      },
    );
    expect([0, 1]).toContain(told({ stderr: `${stderr}\n`, exitCode, stdout: "" }).exitCode);
  }
  expect(engine.hasBuilt()).toBe(true);
});
