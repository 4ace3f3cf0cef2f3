import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { version } from "../../../src/version.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { itStarting } from "../../helpers/starting.ts";
import { writeClone } from "../../helpers/written-clone.ts";

describe("generate", () => {
  it("prints the Dockerfile and nothing else to standard output, and what is to be said to standard error", async () => {
    const { run } = await workplace({ "project.toml": projectToml.replace('id = "shop"\n', "") });
    const { exitCode, stdout, stderr } = await run(["generate"]);
    expect(stdout).toMatch(/^# Made by cnb-dockerfile [\s\S]*\nCMD \[\]\n$/);
    expect(stderr).toMatch(/^warning: [^\n]* \[plan\/cache-id-unknown\]\n/);
    expect(exitCode).toBe(0);
  });

  it("says nothing where there is nothing to say", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    expect((await run(["generate", "--image=acme/helper:1"])).stderr).toBe("");
  });

  it("takes flags of a detection only where it runs one", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const codes = async (words: readonly string[]) => {
      const { exitCode, stderr } = await run([...words, "--image=acme/helper:1"]);
      return [exitCode, ...Array.from(stderr.matchAll(/\[([a-z]+\/[a-z-]+)\]$/gm), ([, code]) => code)];
    };
    const offered = "--secret=id=NPM_TOKEN,src=token";
    expect(await codes(["generate", offered])).toEqual([1, "descriptor/declared-name"]);
    expect(await codes(["plan", offered])).toEqual([1, "descriptor/declared-name"]);
    expect(await codes(["generate", "--engine=buildx", "-o", "Dockerfile"])).toEqual([
      0,
      "cli/flag-without-effect",
    ]);
    expect(await codes(["plan", "--state-dir=state"])).toEqual([0, "cli/flag-without-effect"]);
    expect(await codes(["generate", "--check=Dockerfile", offered])).toEqual([
      1,
      "cli/flag-without-effect",
      "cli/stale",
    ]);
  });

  it("warns of a helper image that no registry has, unless another is named or none is needed", async () => {
    const { run, write } = await workplace({ "project.toml": projectToml });
    const warns = async (words: readonly string[], env: Record<string, string> = {}) =>
      (await run(["generate", ...words], { env })).stderr.includes("[cli/helper-image-unpublished]");
    expect(await warns([])).toBe(true);
    expect(await warns(["--image="])).toBe(true);
    expect(await warns(["--image=acme/helper:1"])).toBe(false);
    expect(await warns([], { CNB_DOCKERFILE_IMAGE: "acme/helper:1" })).toBe(false);
    expect(await warns(["--self-contained"])).toBe(false);
    expect(await warns(["--bake"])).toBe(true);
    expect(await warns(["--bake", "--image=acme/helper:1"])).toBe(false);
    write("project.toml", `# syntax=acme/helper:1\n${projectToml}`);
    expect(await warns(["--bake"])).toBe(false);
  });

  it("needs no project.toml", async () => {
    const { run, builder } = await workplace();
    const { exitCode, stdout } = await run(["generate", "--builder", builder, "--cache-id=x"]);
    expect(stdout).toContain(`FROM ${builder}@sha256:`);
    expect(exitCode).toBe(0);
  });

  it("takes the project's directory as its argument", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    const from = { cwd: join(directory, "..") };
    expect((await run(["generate", "project"], from)).stdout).toBe((await run(["generate"])).stdout);
  });

  it("gives the same bytes again", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    expect((await run(["generate"])).stdout).toBe((await run(["generate"])).stdout);
  });

  it("asks the registry once a run for each image, when it has read them before", async () => {
    const { run, registry } = await workplace({ "project.toml": projectToml });
    await run(["generate"]);
    registry.requests.length = 0;
    await run(["generate"]);
    expect(registry.requests.sort()).toEqual(["acme/builder/manifests/24", "acme/run/manifests/24"]);
  });

  itStarting("does not mind a reader that has seen enough", async () => {
    const { directory, builder } = await workplace();
    const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
    const command = `"$0" "$1" generate --self-contained --cache-id=x --builder ${builder} | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await execa("bash", ["-c", command, process.execPath, program], {
      cwd: directory,
      env: { XDG_CACHE_HOME: directory },
    });
    expect(stdout).toMatch(/^# Made by [^\n]*\n0$/);
    expect(stderr).toBe("");
  });
});

describe("the program", () => {
  it("has the version that its package has", async () => {
    const { run } = await workplace();
    expect((await run(["--version"])).stdout).toBe(`${packageJson.version}\n`);
    expect(version).toBe(packageJson.version);
  });

  it("explains itself, and ends well", async () => {
    const { run } = await workplace();
    const { exitCode, stdout } = await run(["generate", "--help"]);
    expect(stdout).toContain("--process-type");
    expect(exitCode).toBe(0);
  });
});

describe("the exit code", () => {
  it.each([
    [["generate", "--bulider", "x"], "--builder"],
    [["genrate"], "generate"],
    [["generate", "a", "b"], "got: a, b"],
    [["generate", "--builder"], "--builder needs a value"],
  ])("is 2 for %j, and the message says what is meant", async (args, says) => {
    const { run } = await workplace();
    const { exitCode, stdout, stderr } = await run(args);
    expect(stderr).toContain(says);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  it("is 1 for what the user can mend, with nothing on standard output", async () => {
    const { run } = await workplace({ "project.toml": "a = \n" });
    const { exitCode, stdout, stderr } = await run(["generate"]);
    expect(stderr).toMatch(/^error: .* \[descriptor\/toml-syntax\]\n {2}at project\.toml:\d/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  it("is 75 where trying again can help", async () => {
    const { run, registry } = await workplace({ "project.toml": projectToml });
    registry.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const { exitCode, stderr } = await run(["generate"]);
    expect(stderr).toContain("[registry/unavailable]");
    expect(exitCode).toBe(75);
  });
});

describe("a project that cannot be read", () => {
  it.each<[string, Record<string, string>, string[], string]>([
    ["has no directory", {}, ["nowhere"], "cli/no-project"],
    ["is a file", { file: "" }, ["file"], "cli/no-project"],
    ["lacks the descriptor that is named", {}, ["-d", "other.toml"], "descriptor/not-found"],
    ["has a directory for its descriptor", { "project.toml/x": "" }, [], "descriptor/unreadable"],
  ])("%s", async (_, files, args, code) => {
    const { run } = await workplace(files);
    const { exitCode, stdout, stderr } = await run(["generate", ...args]);
    expect(stderr).toContain(`[${code}]`);
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  it("has a descriptor that is not UTF-8", async () => {
    const { run, directory } = await workplace();
    writeFileSync(join(directory, "project.toml"), Buffer.from([0x61, 0xff]));
    expect((await run(["generate"])).stderr).toContain("[descriptor/not-utf8]");
  });
});

describe("build-time variables", () => {
  it("come from files before flags, and are recorded with their values", async () => {
    const { run, write } = await workplace({ "project.toml": projectToml });
    write("vars.env", "# comment\n\nA=file\nB=x=y #z\r\n");
    const { stdout } = await run(["generate", "--env-file", "vars.env", "--env", "A=flag"]);
    expect(stdout).toContain('"--env=A=flag","--env=B=x=y #z"');
    expect(
      JSON.parse(/<<"EOF" \/cnb-dockerfile\/files\.json\n([\s\S]*?)\nEOF\n/.exec(stdout)?.[1] ?? ""),
    ).toEqual([
      { path: "/platform/env/A", mode: "0644", content: "flag" },
      { path: "/platform/env/B", mode: "0644", content: "x=y #z" },
    ]);
  });

  it("never take a value from this machine", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const { exitCode, stdout, stderr } = await run(["generate", "--env", "SECRET"], {
      env: { SECRET: "hunter2" },
    });
    expect(stdout).toContain("--mount=type=secret,id=SECRET,target=/platform/env/SECRET");
    expect(stdout + stderr).not.toContain("hunter2");
    expect(exitCode).toBe(0);
  });
});

describe("images of the machine's own choice", () => {
  it("are written down, so that others make the same file", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const env = { CNB_DOCKERFILE_IMAGE: "mirror.example/tool:1" };
    const { stdout } = await run(["generate"], { env });
    expect(stdout).toContain("FROM --platform=$BUILDPLATFORM mirror.example/tool:1 AS tool");
    expect(stdout).toContain('"--image=mirror.example/tool:1"');
  });

  it("may be a stock Node image, with the export program in the Dockerfile", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const { stdout } = await run(["generate", "--self-contained"], {
      env: { CNB_DOCKERFILE_NODE_IMAGE: "node:24" },
    });
    expect(stdout).toContain("FROM --platform=$BUILDPLATFORM node:24 AS tool");
    const program = readFileSync(join(import.meta.dirname, "..", "..", "..", "dist", "export.mjs"), "utf8");
    expect(stdout).toContain(`/cnb-dockerfile/export.mjs\n${program.trimEnd()}\n`);
  });
});

describe("--json", () => {
  it("prints one object with everything, and says nothing elsewhere", async () => {
    const { run } = await workplace({ "project.toml": projectToml.replace('id = "shop"\n', "") });
    const { exitCode, stdout, stderr } = await run(["generate", "--json", "--image=acme/helper:1"]);
    expect(JSON.parse(stdout)).toMatchObject({
      dockerfile: expect.stringMatching(/^# Made by/),
      dockerignore: expect.stringMatching(/^# Made by/),
      plan: { platformApi: "0.15" },
      diagnostics: [{ code: "plan/cache-id-unknown", severity: "warning" }],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  it("prints what is wrong, warnings before it, with the same exit code", async () => {
    const { run } = await workplace({ "project.toml": '[build]\nenv = "x"\n' });
    const { exitCode, stdout, stderr } = await run(["generate", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      diagnostics: [
        expect.objectContaining({ code: "descriptor/schema-missing" }),
        expect.objectContaining({
          code: "descriptor/wrong-type",
          location: { file: "project.toml", keyPath: "build.env", line: 2, column: 1 },
        }),
      ],
    });
    expect(stderr).toBe("");
    expect(exitCode).toBe(1);
  });
});

describe("colour", () => {
  const stderr = async (env: Record<string, string>) => {
    const { run } = await workplace();
    return (await run(["generate"], { env })).stderr;
  };

  it("is for terminals, and for those who ask for it", async () => {
    expect(await stderr({})).not.toContain("\u001b[");
    expect(await stderr({ FORCE_COLOR: "1" })).toContain("\u001b[");
    expect(await stderr({ FORCE_COLOR: "1", NO_COLOR: "1" })).not.toContain("\u001b[");
  });
});

describe("a git clone", () => {
  const noId = projectToml.replace('id = "shop"\n', "");
  async function clone(remote: string, files: Record<string, string>) {
    const place = await workplace(files);
    writeClone(place.directory, remote);
    return place;
  }
  const cacheId = (stdout: string) => /"cacheId":"([^"]*)"/.exec(stdout)?.[1];

  it("has a cache of its remote's, without the credentials in it", async () => {
    const { run } = await clone("https://robot:hunter2@git.example/acme/shop.git", { "project.toml": noId });
    const { stdout, stderr } = await run(["generate", "--image=acme/helper:1"]);
    expect(cacheId(stdout)).toMatch(/^git\.example-acme-shop-/);
    expect(stdout + stderr).not.toContain("hunter2");
    expect(stderr).toBe("");
  });

  it("has a cache for each of its projects", async () => {
    const { run } = await clone("https://git.example/acme/mono", {
      "a/project.toml": noId,
      "b/project.toml": noId,
    });
    const [a, b] = await Promise.all([run(["generate", "a"]), run(["generate", "b"])]);
    expect(cacheId(a.stdout)).toMatch(/^git\.example-acme-mono-a-/);
    expect(cacheId(b.stdout)).toMatch(/^git\.example-acme-mono-b-/);
  });

  it("is asked even from a hook of another repository", async () => {
    const { run, directory } = await clone("https://git.example/acme/shop", { "project.toml": noId });
    mkdirSync(join(directory, "other"));
    const env = { GIT_DIR: join(directory, "other") };
    expect(cacheId((await run(["generate"], { env })).stdout)).toMatch(/^git\.example-acme-shop-/);
  });

  it("without a remote is as good as none", async () => {
    const { run, directory } = await workplace({ "project.toml": noId });
    writeClone(directory);
    expect((await run(["generate"])).stderr).toContain("[plan/cache-id-unknown]");
  });
});

describe("generate -o", () => {
  it("writes the Dockerfile and its ignore file, and prints nothing", async () => {
    const { run, read, directory } = await workplace({ "project.toml": projectToml });
    const words = ["generate", "--image=acme/helper:1"];
    const { exitCode, stdout, stderr } = await run([...words, "-o", "Dockerfile"]);
    expect(read("Dockerfile")).toBe((await run(words)).stdout);
    expect(read("Dockerfile.dockerignore")).toMatch(/^# Made by .*\n\*\*\/\.git\n$/);
    expect(stdout + stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(["Dockerfile", "Dockerfile.dockerignore", "project.toml"]);
  });

  it("prints to standard output where the file is `-`", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    expect((await run(["generate", "-o", "-"])).stdout).toMatch(/^# Made by/);
    expect(readdirSync(directory)).toEqual(["project.toml"]);
  });

  it("does not touch a file that is right already", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    const before = statSync(join(directory, "Dockerfile"));
    await run(["generate", "-o", "Dockerfile"]);
    expect(statSync(join(directory, "Dockerfile"))).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    });
  });

  it("overwrites what it made before, and keeps the cache id that was made up for it", async () => {
    const { run, read, write } = await workplace({
      "project.toml": projectToml.replace('id = "shop"\n', ""),
    });
    await run(["generate", "-o", "Dockerfile"]);
    const [id] = /"cacheId":"app-[^"]*"/.exec(read("Dockerfile")) ?? [];
    write("project.toml", `${projectToml.replace('id = "shop"\n', "")}exclude = ["docs"]\n`);
    expect((await run(["generate", "-o", "Dockerfile"])).exitCode).toBe(0);
    expect(read("Dockerfile")).toContain("--exclude=docs");
    expect(read("Dockerfile")).toContain(id);
  });

  it("does not overwrite what somebody else wrote, unless it is told to", async () => {
    const { run, read } = await workplace({ "project.toml": projectToml, Dockerfile: "FROM theirs\n" });
    const { exitCode, stderr } = await run(["generate", "-o", "Dockerfile"]);
    expect(stderr).toContain("[cli/not-generated]");
    expect(exitCode).toBe(1);
    expect(read("Dockerfile")).toBe("FROM theirs\n");
    expect((await run(["generate", "-o", "Dockerfile", "--force"])).exitCode).toBe(0);
    expect(read("Dockerfile")).toMatch(/^# Made by/);
  });

  it("overwrites an empty file: `generate > Dockerfile` leaves one where it fails", async () => {
    const { run, read } = await workplace({ "project.toml": projectToml, Dockerfile: "" });
    expect((await run(["generate", "-o", "Dockerfile"])).exitCode).toBe(0);
    expect(read("Dockerfile")).toMatch(/^# Made by/);
  });

  it("leaves somebody else's ignore file as it is, and says so", async () => {
    const { run, read } = await workplace({
      "project.toml": projectToml,
      "Dockerfile.dockerignore": "docs\n",
    });
    const { exitCode, stderr } = await run(["generate", "-o", "Dockerfile"]);
    expect(stderr).toContain("[cli/dockerignore-left]");
    expect(read("Dockerfile.dockerignore")).toBe("docs\n");
    expect(exitCode).toBe(0);
  });

  it("writes no ignore file where the project has its own, and takes an earlier one away", async () => {
    const { run, write, directory } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    write(".dockerignore", "docs\n");
    await run(["generate", "-o", "Dockerfile"]);
    expect(readdirSync(directory).sort()).toEqual([".dockerignore", "Dockerfile", "project.toml"]);
  });

  it("leaves everything as it was where generating fails", async () => {
    const { run, read, write, directory } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    const before = read("Dockerfile");
    write("project.toml", "[_\n");
    expect((await run(["generate", "-o", "Dockerfile"])).exitCode).toBe(1);
    expect(read("Dockerfile")).toBe(before);
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it.each([
    ["in a directory that is not there", "none/Dockerfile", "the directory none does not exist"],
    ["below a file", "project.toml/Dockerfile", "not a directory"],
    ["where a directory stands", "directory", "is a directory"],
  ])("cannot write %s, says why, and leaves nothing behind", async (_, output, reason) => {
    const { run, directory } = await workplace({ "project.toml": projectToml, "directory/x": "" });
    const { exitCode, stderr } = await run(["generate", "-o", output]);
    expect(stderr).toMatch(/\[cli\/(file-un(writ|read)able|no-output-directory)\]/);
    expect(stderr).toContain(reason);
    expect(exitCode).toBe(1);
    expect(readdirSync(directory).sort()).toEqual(["directory", "project.toml"]);
  });
});

describe("generate -o to what is no plain file", () => {
  it("writes what a link beside the project leads to, and leaves the link", async () => {
    const { run, directory, read } = await workplace({ "project.toml": projectToml });
    symlinkSync("real", join(directory, "../link"));
    expect((await run(["generate", "-o", "../link"])).exitCode).toBe(0);
    expect(lstatSync(join(directory, "../link")).isSymbolicLink()).toBe(true);
    expect(read("../real")).toContain("# Made by cnb-dockerfile");
  });

  it("keeps the mode of a file that it writes again", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    chmodSync(join(directory, "Dockerfile"), 0o600);
    await run(["generate", "--process-type=web", "-o", "Dockerfile"]);
    expect(lstatSync(join(directory, "Dockerfile")).mode & 0o777).toBe(0o600);
  });

  itStarting("leaves a device what it is", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    // A device of our own: a mistake must not cost the machine its /dev/null.
    await execa("mknod", [join(directory, "null"), "c", "1", "3"]);
    expect((await run(["generate", "-o", "null"])).exitCode).toBe(0);
    expect(lstatSync(join(directory, "null")).isCharacterDevice()).toBe(true);
    expect(existsSync(join(directory, "null.dockerignore"))).toBe(false);
  });

  it("never writes over the descriptor, whatever is forced", async () => {
    const { run, read } = await workplace({ "project.toml": projectToml });
    const before = read("project.toml");
    const { exitCode, stderr } = await run(["generate", "-o", "project.toml", "--force"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[cli/output-is-descriptor]");
    expect(read("project.toml")).toBe(before);
  });
});

it("explains an output that is a circle of links", async () => {
  const { run, directory } = await workplace({ "project.toml": projectToml });
  symlinkSync("loop", join(directory, "../loop"));
  const { exitCode, stderr } = await run(["generate", "-o", "../loop"]);
  expect(stderr).toContain("too many levels of symbolic links");
  expect(exitCode).toBe(1);
});

it("writes nothing where the ignore file cannot be written", async () => {
  const { run, directory } = await workplace({ "project.toml": projectToml });
  mkdirSync(join(directory, "Dockerfile.dockerignore"));
  const { exitCode, stderr } = await run(["generate", "-o", "Dockerfile"]);
  expect(stderr).toContain("Dockerfile.dockerignore: is a directory");
  expect(exitCode).toBe(1);
  expect(existsSync(join(directory, "Dockerfile"))).toBe(false);
});

describe("an env file", () => {
  it("is not read by Node itself", async () => {
    const { run } = await workplace({ "project.toml": projectToml, "vars.env": "NODE_OPTIONS=--bogus\n" });
    const { exitCode, stdout } = await run(["generate", "--env-file=vars.env"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("--bogus");
    expect((await run(["generate", "--env-file=nowhere"])).stderr).toContain("[cli/file-unreadable]");
    // What `run` does by itself the program's first line does for everybody.
    const program = readFileSync(join(import.meta.dirname, "..", "..", "..", "dist", "main.js"), "utf8");
    expect(program.split("\n", 1)[0]).toBe("#!/usr/bin/env -S node --");
  });
});

itStarting("reports a standard output that is full", async () => {
  const { directory, run } = await workplace({ "project.toml": projectToml });
  await run(["generate", "-o", "Dockerfile"]);
  const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
  const words = [process.execPath, program, "--help"].map((word) => `'${word}'`).join(" ");
  const { exitCode, stderr } = await execa("sh", ["-c", `${words} > /dev/full`], {
    cwd: directory,
    reject: false,
  });
  expect(stderr).toContain("no space left on device");
  expect(stderr).toContain("[cli/output-closed]");
  expect(exitCode).toBe(1);
});
