import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { withLocalBuildpacks } from "../../../src/cli/project/local-buildpacks.ts";
import { readBorder } from "../../../src/files/border.ts";
import { packTree } from "../../helpers/archives.ts";
import { standInBuildctl } from "../../helpers/buildctl-stand-in.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { itStarting } from "../../helpers/starting.ts";

const toml = 'api = "0.10"\n[buildpack]\nid = "acme/mine"\nversion = "1.0.0"\n[[targets]]\nos = "linux"\n';

/** Files below a directory. */
function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** A machine with a project, a buildpack beside it and one in it. */
function machine() {
  const home = realpathSync(temporaryDirectory());
  const files = { "buildpack.toml": toml, "bin/detect": "#!/bin/sh\n", "bin/build": "#!/bin/sh\n" };
  for (const place of ["mine", "project/own"]) write(join(home, place), files);
  packTree(join(home, "mine"), join(home, "mine.tgz"));
  return { home, project: join(home, "project") };
}

/** What becomes of the texts of `--buildpack`. In: the directory that the program runs in. */
function located(texts: readonly string[], project: string, from: string, root?: string) {
  const before = process.cwd();
  process.chdir(from);
  try {
    const place = { directory: project, border: readBorder(project, root) };
    const { buildpack, localBuildpacks = [] } = withLocalBuildpacks({ buildpack: texts }, place);
    return { buildpack, local: localBuildpacks };
  } finally {
    process.chdir(before);
  }
}

describe("a path of a flag", () => {
  it("starts from the working directory: a directory and an archive outside of the project are handed over", () => {
    const { home, project } = machine();
    for (const [from, texts] of [
      [project, ["../mine", "../mine.tgz"]],
      [home, ["mine", "./mine.tgz"]],
    ] as const) {
      const { buildpack, local } = located(texts, project, from);
      expect(buildpack).toEqual(["context://local-buildpack-1", "context://local-buildpack-2/mine.tgz"]);
      expect(local).toMatchObject([
        { context: "local-buildpack-1", directory: join(home, "mine"), path: "", named: "../mine" },
        { context: "local-buildpack-2", directory: home, path: "mine.tgz", named: "../mine.tgz" },
      ]);
    }
  });

  it("may be absolute, or an address of a file, and names the same place once", () => {
    const { home, project } = machine();
    const path = join(home, "mine");
    const { buildpack, local } = located([path, pathToFileURL(path).href, "../mine"], project, project);
    expect(buildpack).toEqual(new Array(3).fill("context://local-buildpack-1"));
    expect(local).toMatchObject([{ named: path }]);
  });

  it("in the project is that of the project, wherever the program runs", () => {
    const { home, project } = machine();
    expect(located(["./own", "own"], project, project)).toEqual({ buildpack: ["./own", "own"], local: [] });
    const texts = ["project/own", "./project", join(project, "own")];
    expect(located(texts, project, home)).toEqual({ buildpack: ["./own", ".", "./own"], local: [] });
  });

  it("where only the project has something is the project's; anything else stays as it is", () => {
    const { home, project } = machine();
    const texts = [
      "./own",
      "acme/node@1",
      "from=builder",
      "urn:cnb:registry:a/b",
      "docker://a/b",
      "https://a/b",
    ];
    expect(located(texts, project, home)).toEqual({ buildpack: texts, local: [] });
  });

  it("that leads nowhere is an error with the text as it was written", () => {
    const { home, project } = machine();
    expect(faultsOf(() => located(["../none", "/none/x"], project, project))).toMatchObject([
      {
        code: "modules/not-found",
        message: '"../none" does not exist.',
        location: { file: "--buildpack" },
      },
      { code: "modules/not-found" },
    ]);
    symlinkSync("circle", join(home, "circle"));
    expect(faultsOf(() => located(["../circle"], project, project))).toMatchObject([
      { code: "modules/unreadable", location: { file: "--buildpack" } },
    ]);
  });

  it("follows no link of the project out of it", () => {
    const { home, project } = machine();
    symlinkSync("../mine", join(project, "link"));
    expect(faultsOf(() => located(["project/link"], project, home))).toMatchObject([
      { code: "files/outside-project" },
    ]);
    // In the project's own directory whoever reads it refuses it.
    expect(located(["./link"], project, project)).toEqual({ buildpack: ["./link"], local: [] });
  });

  it("below the root, and outside of the project, is handed over", () => {
    const { home, project } = machine();
    expect(located(["../mine"], project, project, home).buildpack).toEqual(["context://local-buildpack-1"]);
  });
});

describe("generate", () => {
  it("writes where the buildpack lies into the command, and takes it from there", async () => {
    const { run, directory, builder } = await workplace({ "project.toml": projectToml });
    write(join(directory, "..", "my bp"), { "buildpack.toml": toml, "bin/detect": "", "bin/build": "" });
    const args = ["generate", "--image=acme/helper:1", "--pre-buildpack", "../my bp", "-o", "Dockerfile"];
    expect(await run(args)).toMatchObject({ exitCode: 0, stderr: "" });
    const text = readFileSync(join(directory, "Dockerfile"), "utf8");
    expect(text).toContain(" --build-context 'local-buildpack-1=../my bp' --tag NAME");
    expect(text).toContain(
      "FROM cnb-dockerfile.invalid/local-buildpack:local-buildpack-1 AS local-buildpack-1\n",
    );
    expect(text).toContain("--mount=type=bind,from=local-buildpack-1,source=/,target=/context");
    expect(text).toContain('"--pre-buildpack=../my bp"');
    // From anywhere it is the same file.
    const elsewhere = [
      "generate",
      "project",
      "--image=acme/helper:1",
      "--pre-buildpack",
      "my bp",
      "--builder",
      builder,
    ];
    const { stdout } = await run(elsewhere, { cwd: join(directory, "..") });
    expect(stdout.replace(`"--builder=${builder}",`, "")).toBe(text);
  });

  it("--check reads no place outside of the project because a file says so, and does where you say so", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    write(join(directory, "..", "mine"), { "buildpack.toml": toml, "bin/detect": "", "bin/build": "" });
    await run(["generate", "--buildpack", "../mine", "-o", "Dockerfile"]);
    const refused = await run(["generate", "--check", "Dockerfile"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("[files/recorded-place]");
    for (const word of ["--buildpack=../mine", "--root=.."]) {
      const { exitCode, stderr } = await run(["generate", "--check", "Dockerfile", word]);
      expect([word, exitCode, stderr]).toEqual([word, 0, ""]);
    }
    // The command that makes it again is seen from where the program runs.
    const { stderr } = await run(
      ["generate", "--check", "project/Dockerfile", "project", "--buildpack=mine", "--cache-id=x"],
      {
        cwd: join(directory, ".."),
      },
    );
    expect(stderr).toContain("generate project --buildpack=./mine");
  });

  it("an archive comes from its directory", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    write(join(directory, "..", "mine"), { "buildpack.toml": toml, "bin/detect": "", "bin/build": "" });
    packTree(join(directory, "..", "mine"), join(directory, "..", "mine.tgz"));
    const { stdout } = await run(["generate", "--buildpack", "../mine.tgz"]);
    expect(stdout).toContain(" --build-context local-buildpack-1=.. --tag NAME");
    expect(stdout).toContain('"--from=/context/mine.tgz"');
  });

  it("says what is wrong with one by its path", async () => {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    const outside = join(directory, "..");
    write(outside, {
      "none/x": "",
      "crlf/buildpack.toml": toml,
      "crlf/bin/detect": "#!/bin/sh\r\n",
      "suite/buildpack.toml":
        'api = "0.10"\n[buildpack]\nid = "acme/suite"\nversion = "1"\n[[order]]\n[[order.group]]\nid = "acme/mine"\nversion = "1.0.0"\n',
      "suite/package.toml": '[buildpack]\nuri = "."\n[[dependencies]]\nuri = "../crlf"\n',
    });
    mkdirSync(join(outside, "link"));
    symlinkSync("../crlf/buildpack.toml", join(outside, "link/buildpack.toml"));
    const codes: [string, string][] = [
      ["../none", "modules/not-a-buildpack"],
      ["../crlf", "modules/windows-line-ends"],
      ["../link", "modules/link-outside-handed"],
      ["../suite", "modules/outside-handed"],
    ];
    for (const [path, code] of codes) {
      const { exitCode, stderr } = await run(["generate", "--buildpack", path]);
      expect([path, exitCode, stderr]).toEqual([path, 1, expect.stringContaining(`[${code}]`)]);
      expect(stderr).toContain(path);
    }
  });

  it("takes no context from a project", async () => {
    const { run } = await workplace({
      "project.toml": `${projectToml}[[io.buildpacks.group]]\nuri = "context://local-buildpack-1"\n`,
    });
    expect((await run(["generate"])).stderr).toContain("[modules/unknown-scheme]");
    const { stderr } = await run(["generate", "--buildpack", "context://local-buildpack-1"]);
    expect(stderr).toContain("[modules/not-handed]");
  });
});

describe("build", () => {
  async function built(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { run, directory } = await workplace({ "project.toml": projectToml });
    const outside = realpathSync(join(directory, ".."));
    write(join(outside, "mine"), { "buildpack.toml": toml, "bin/detect": "", "bin/build": "" });
    packTree(join(outside, "mine"), join(outside, "a,b.tgz"));
    // What is handed over is gone afterwards.
    const engine = standInBuildctl(
      join(outside, "programs"),
      `for word; do case "$word" in --local=context-*) ls "\${word##*=}" >>'${outside}/listed' ;; esac; done`,
    );
    const result = await run(["build", "--engine=buildkit", "--image=registry.example/ours:1", ...words], {
      env: { ...engine.env, ...env },
    });
    const listed = join(outside, "listed");
    return {
      ...result,
      ...{ outside, words: engine.hasBuilt() ? engine.words() : [] },
      listed: existsSync(listed) ? readFileSync(listed, "utf8").trim().split("\n") : [],
    };
  }

  itStarting("hands a directory over", async () => {
    const { exitCode, stderr, words, outside } = await built(["--pre-buildpack", "../mine", "."]);
    expect([exitCode, stderr]).toEqual([0, expect.anything()]);
    expect(words).toContain("--opt=build-arg:CNB_PRE_BUILDPACKS=context://local-buildpack-1");
    expect(words).toContain(`--local=context-0=${join(outside, "mine")}`);
    expect(words).toContain("--opt=context:local-buildpack-1=local:context-0");
  });

  itStarting("hands an archive over, and nothing that lies beside it", async () => {
    const { words, listed } = await built(["--pre-buildpack", "../a,b.tgz", "."]);
    expect(words).toContain("--opt=build-arg:CNB_PRE_BUILDPACKS=context://local-buildpack-1/archive");
    expect(listed).toEqual(["archive"]);
  });

  itStarting("does so for build arguments, too, and by names that nobody else has", async () => {
    const given = ["--build-context", "local-buildpack-1=docker-image://a/b"];
    const words = ["--build-arg", "CNB_BUILDPACKS=from=builder, ../mine", ...given, "."];
    const { words: told } = await built(words);
    expect(told).toContain("--opt=build-arg:CNB_BUILDPACKS=from=builder,context://local-buildpack-2");
    const { words: alone } = await built(["--build-arg", "CNB_BUILDPACKS", "."], {
      CNB_BUILDPACKS: "../mine",
    });
    expect(alone).toContain("--opt=build-arg:CNB_BUILDPACKS=context://local-buildpack-1");
    const both = await built(["--build-arg=CNB_BUILDPACKS=../mine", "--buildpack=../mine", "."]);
    expect(both.stderr).toContain("[cli/said-twice]");
  });

  it("starts nothing where one is no buildpack", async () => {
    const { exitCode, stderr, words } = await built(["--buildpack", "../programs", "."]);
    expect([exitCode, words]).toEqual([1, []]);
    expect(stderr).toContain("../programs is not a buildpack: it has no buildpack.toml.");
  });
});
