import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import {
  archivedImages,
  describeProject,
  type Index,
  lastLine,
  readArchive,
  readJson,
  runBuild,
  runBuildOrThrow,
} from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const both = `--platform=${platforms.join(",")}`;
const one = "--platform=linux/amd64";
const plain = "--progress=plain";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  describeProject(lab, app.directory, "com.example.build");
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

describe("a project", () => {
  const name = (engine: string) => `${lab.registry}/e2e/build:${engine}`;

  it.each([
    ["buildx", 'Building with buildx builder "lab" (driver remote): set by --engine.'],
    ["buildkit", "Building with BuildKit at unix://"],
  ])("is pushed for two platforms by the engine %s", async (engine, line) => {
    const words = [`--engine=${engine}`, both, plain, "-t", name(engine), "--push", "."];
    const log = await runBuildOrThrow(lab, app.directory, words);
    expect(log).toContain(line);
    expect(lastLine(log)).toBe(
      `Pushed: ${name(engine)} (${await digestOf(lab, name(engine))}). Run it: docker run --rm ${name(engine)}`,
    );
    // Nothing is told of the context by which the frontend came.
    expect(log).not.toContain("context-without-use");
  });

  it("has the same images from each engine", async () => {
    for (const platform of platforms) {
      const digests = [
        await digestOf(lab, name("buildx"), platform),
        await digestOf(lab, name("buildkit"), platform),
      ];
      expect(new Set(digests).size, platform).toBe(1);
    }
  });

  it("becomes a file where there is nowhere else to go, which is no part of the app of the next build", async () => {
    const log = await runBuildOrThrow(lab, app.directory, [both, plain, "."]);
    expect(lastLine(log)).toMatch(
      /^Written: procfile\.oci\.tar \(sha256:[0-9a-f]{64}\)\. Copy it: skopeo copy --all /,
    );
    const archive = join(app.directory, "procfile.oci.tar");
    const first = await archivedImages(archive);
    expect(first.digests).toEqual({
      "linux/amd64": await digestOf(lab, name("buildx"), "linux/amd64"),
      "linux/arm64": await digestOf(lab, name("buildx"), "linux/arm64"),
    });
    const again = await runBuildOrThrow(lab, app.directory, ["--engine=buildx", both, plain, "."]);
    expect(lastLine(again)).toContain("Written: procfile.oci.tar");
    expect((await archivedImages(archive)).digests).toEqual(first.digests);
    expect(readdirSync(app.directory).filter((entry) => entry.endsWith(".partial"))).toEqual([]);
    await execa("rm", [archive]);
  });

  it("for one platform becomes a file that every docker and every OCI tool reads", async () => {
    await runBuildOrThrow(lab, app.directory, [one, plain, "-t", "shop/procfile:2", "-t", "other", "."]);
    const archive = join(app.directory, "procfile.oci.tar");
    const [{ RepoTags: tags } = { RepoTags: [] }] = await readArchive<{ RepoTags: string[] }[]>(
      archive,
      "manifest.json",
    );
    expect(tags.sort()).toEqual(["other:latest", "shop/procfile:2"]);
    const { digests } = await archivedImages(archive);
    expect(digests).toEqual({ "linux/amd64": await digestOf(lab, name("buildx"), "linux/amd64") });
    await execa("rm", [archive]);
  });

  it("is told by --dry-run as a command that builds the same", async () => {
    const out = join(app.directory, "..", "dry.tar");
    const words = ["--dry-run", both, "-o", `type=oci,dest=${out}`, "."];
    for (const engine of ["buildx", "buildkit"]) {
      const { stdout, exitCode } = await runBuild(lab, app.directory, [`--engine=${engine}`, ...words]);
      expect(exitCode).toBe(0);
      expect(existsSync(out)).toBe(false);
      await execa("sh", ["-c", stdout], { cwd: app.directory, env: lab.environment });
      expect((await archivedImages(out)).digests).toEqual({
        "linux/amd64": await digestOf(lab, name("buildx"), "linux/amd64"),
        "linux/arm64": await digestOf(lab, name("buildx"), "linux/arm64"),
      });
      await execa("rm", [out]);
    }
  });

  it("gives its id to a script: alone with -q, in files with --iidfile and --metadata-file", async () => {
    const ids: string[] = [];
    for (const engine of ["buildx", "buildkit"]) {
      const words = [`--engine=${engine}`, one, "-q", "--iidfile=../iid", "--metadata-file=../meta.json"];
      const { stdout, stderr } = await runBuild(lab, app.directory, [
        ...words,
        "-o",
        "type=oci,dest=../q.tar",
        ".",
      ]);
      expect(stderr).toBe("");
      const id = stdout.trim();
      expect(readFileSync(join(app.directory, "../iid"), "utf8")).toBe(id);
      expect(Object.values(readJson<Record<string, unknown>>(join(app.directory, "../meta.json")))).toContain(
        id,
      );
      ids.push(id);
    }
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("is built by its builder alone where it has no descriptor", async () => {
    const bare = copySampleApp("procfile");
    rmSync(join(bare.directory, "project.toml"));
    const words = [
      one,
      plain,
      "-B",
      lab.images.builder,
      "--cache-id=e2e-bare",
      "-o",
      "type=oci,dest=../bare.tar",
      ".",
    ];
    for (const engine of ["buildx", "buildkit"]) {
      await runBuildOrThrow(lab, bare.directory, [`--engine=${engine}`, ...words]);
      expect(Object.keys((await archivedImages(join(bare.directory, "../bare.tar"))).digests)).toEqual([
        "linux/amd64",
      ]);
    }
    bare.remove();
  });

  it("that fails leaves the file of the build before, and ends with 1", async () => {
    const out = join(app.directory, "..", "kept.tar");
    writeFileSync(out, "before");
    const words = [
      one,
      plain,
      "--run-image",
      `${lab.registry}/lab/missing:1`,
      "-o",
      `type=oci,dest=${out}`,
      ".",
    ];
    for (const engine of ["buildx", "buildkit"]) {
      const { exitCode, stderr } = await runBuild(lab, app.directory, [`--engine=${engine}`, ...words]);
      expect({ exitCode, names: stderr.includes("lab/missing:1") }).toEqual({ exitCode: 1, names: true });
      expect(readFileSync(out, "utf8")).toBe("before");
      expect(readdirSync(join(app.directory, "..")).filter((entry) => entry.includes(".partial"))).toEqual(
        [],
      );
    }
  });
});

describe("what --secret, --env and --volume offer reaches the buildpacks", () => {
  const script = `
mkdir -p "$1/seen"
echo "$TOKEN $OTHER $(cat "$CNB_PLATFORM_DIR/bindings/npm/key")" | sha256sum > "$1/seen/sum"
printf '[types]\\nlaunch = true\\n' > "$1/seen.toml"
`;

  it.each(["buildx", "buildkit"])("by the engine %s", async (engine) => {
    const own = copySampleApp("procfile");
    describeProject(
      lab,
      own.directory,
      "com.example.build-secrets",
      `
[[io.buildpacks.group]]
id = "e2e/secrets"
[io.buildpacks.group.script]
api = "0.10"
shell = "/bin/bash"
inline = '''${script}'''
`,
    );
    writeFileSync(join(own.directory, "first.txt"), `${engine}${Date.now()}`);
    const binding = join(own.directory, "../binding");
    mkdirSync(binding);
    writeFileSync(join(binding, "type"), "npmrc");
    writeFileSync(join(binding, "key"), "three");
    const out = join(own.directory, "../files");
    const words = [
      "--secret=id=TOKEN,env=MY_TOKEN",
      "-e",
      "OTHER",
      `--volume=${binding}:/platform/bindings/npm`,
    ];
    const log = await runBuildOrThrow(
      lab,
      own.directory,
      [`--engine=${engine}`, one, plain, ...words, "--target=build", "-o", out, "."],
      { MY_TOKEN: "one", OTHER: "two" },
    );
    const { stdout } = await execa("sha256sum", { input: "one two three\n" });
    expect(readFileSync(join(out, "layers/e2e_secrets/seen/sum"), "utf8").trim()).toBe(stdout.trim());
    expect(log).not.toMatch(/\b(?:one|two|three)\b.*\b(?:one|two|three)\b/);
    own.remove();
  });
});

describe("a Dockerfile, with a line of docker build's", () => {
  let files: string;
  beforeAll(() => {
    files = join(app.directory, "../docker");
    mkdirSync(files);
    writeFileSync(join(files, "text"), "of the context\n");
    writeFileSync(
      join(files, "Dockerfile"),
      'FROM scratch AS t\nARG A\nLABEL a=$A\nCOPY text /\nFROM t\nLABEL last="yes"\n',
    );
  });

  it.each(["buildx", "buildkit"])("is built by the engine %s", async (engine) => {
    const words = "--file Dockerfile --tag x --build-arg A=b --label c=d --target t --progress plain .".split(
      " ",
    );
    const log = await runBuildOrThrow(lab, files, [...words], {
      // As a script has it that knows nothing of engines.
      ...(engine === "buildx" ? { BUILDKIT_HOST: "" } : { BUILDX_BUILDER: "" }),
    });
    expect(lastLine(log)).toContain("Written: x.oci.tar");
    const [{ Config: config } = { Config: "" }] = await readArchive<{ Config: string }[]>(
      join(files, "x.oci.tar"),
      "manifest.json",
    );
    const image = await readArchive<{ config: { Labels: unknown } }>(join(files, "x.oci.tar"), config);
    expect(image.config.Labels).toEqual({ a: "b", c: "d" });
    await execa("rm", [join(files, "x.oci.tar")]);
  });

  it("is read from standard input, alone or beside a directory", async () => {
    const input = "FROM scratch\nLABEL from=input\n";
    const program = join(import.meta.dirname, "../../../dist/main.js");
    const environment = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "" };
    const build = (...words: string[]) =>
      execa(process.execPath, [program, "build", plain, "-o", "type=oci,dest=../in.tar", ...words], {
        cwd: files,
        env: environment,
        input,
        reject: false,
      });
    expect((await build("-")).exitCode).toBe(0);
    expect((await build("-f", "-", ".")).exitCode).toBe(0);
    const { manifests } = await readArchive<Index>(join(files, "../in.tar"), "index.json");
    expect(manifests).toHaveLength(1);
  });

  it("is refused buildpacks' flags, which would do nothing", async () => {
    const { exitCode, stderr } = await runBuild(lab, files, ["--builder=a/b", "--env", "X=y", "."]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain("[cli/project-flag]");
    expect(stderr).toContain("--builder");
    expect(stderr).toContain("--env");
  });
});

describe("a docker daemon", () => {
  it.each(["classic", "containerd"] as const)("with its %s store has the image loaded", async (store) => {
    const docker = await lab.docker(store);
    const env = { ...docker.environment, BUILDKIT_HOST: "" };
    const words = [one, plain, "--network=host", "--allow=network.host", "-t", `e2e/build:${store}`, "."];
    const log = await runBuildOrThrow(lab, app.directory, words, env);
    expect(log).toContain('Building with buildx builder "default" (driver docker)');
    expect(lastLine(log)).toMatch(
      /^Loaded into Docker: e2e\/build:\w+ .*Run it: docker run --rm e2e\/build:\w+$/,
    );
    const { RepoTags: tags } = JSON.parse(await docker.call("GET", `/images/e2e/build:${store}/json`));
    expect(tags).toContain(`e2e/build:${store}`);
  });

  it("that holds one platform is passed over for two, or says so", async () => {
    const docker = await lab.docker("classic");
    const named = await runBuild(lab, app.directory, ["--engine=buildx", both, "."], docker.environment);
    expect(named.exitCode).toBe(1);
    expect(named.stderr).toContain("builds one platform at a time");
    // Another instance can build for it, and loads what the store can hold.
    const env = { DOCKER_HOST: docker.environment.DOCKER_HOST };
    const words = ["--engine=buildx", one, plain, "-t", "e2e/build:loaded", "."];
    expect(lastLine(await runBuildOrThrow(lab, app.directory, words, env))).toContain(
      "Loaded into Docker: e2e/build:loaded",
    );
    const two = ["--engine=buildx", both, plain, "-t", "e2e/build:file", "-q", "."];
    const { exitCode } = await runBuild(lab, app.directory, two, env);
    expect({ exitCode, file: existsSync(join(app.directory, "build.oci.tar")) }).toEqual({
      exitCode: 0,
      file: true,
    });
    await execa("rm", [join(app.directory, "build.oci.tar")]);
  });
});

describe("a BuildKit that cannot do it", () => {
  it("because it is too old to be handed a frontend says so, and what helps", async () => {
    const old = await startSecondBuildkit(lab, { name: "old", program: "buildkitd-oldest" });
    try {
      const env = { BUILDKIT_HOST: old.address };
      const refused = await runBuild(lab, app.directory, ["--engine=buildkit", one, "."], env);
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain(
        "has BuildKit v0.17.0, which cannot load the helper image from the client",
      );
      expect(refused.stderr).toContain("`--image`");
    } finally {
      await old.close();
    }
  });

  it("because nobody answers there says so", async () => {
    const { exitCode, stderr } = await runBuild(lab, app.directory, ["--engine=buildkit", "."], {
      BUILDKIT_HOST: "unix:///nowhere/buildkitd.sock",
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("BuildKit at unix:///nowhere/buildkitd.sock does not answer");
  });
});
