import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { withLocalBuildpacks } from "../../../src/cli/project/local-buildpacks.ts";
import { readBorder } from "../../../src/files/border.ts";
import { pack, packTree } from "../../helpers/archives.ts";
import { standInBuildctl } from "../../helpers/buildctl-stand-in.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { git } from "../../helpers/git.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { describeStarting } from "../../helpers/starting.ts";

const toml = (id: string) =>
  `api = "0.10"\n[buildpack]\nid = "acme/${id}"\nversion = "1.0.0"\n[[targets]]\nos = "linux"\n`;

/** Files below a directory. */
function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

function writeBuildpack(directory: string, id: string): void {
  write(directory, { "buildpack.toml": toml(id), "bin/detect": "#!/bin/sh\n", "bin/build": "#!/bin/sh\n" });
}

const entry = (uri: string, list = "group") => `[[io.buildpacks.${list}]]\nuri = ${JSON.stringify(uri)}\n`;

/** A repository with a project in `services/cart`, buildpacks beside it, and something outside of the repository. */
function monorepo() {
  const home = realpathSync(temporaryDirectory());
  const root = join(home, "mono");
  const project = join(root, "services/cart");
  writeBuildpack(join(root, "buildpacks/acme"), "acme");
  packTree(join(root, "buildpacks/acme"), join(root, "buildpacks/acme.tgz"));
  writeBuildpack(join(home, "elsewhere"), "elsewhere");
  writeBuildpack(join(project, "own"), "own");
  return { home, root, project };
}

interface Told {
  readonly file?: string;
  readonly root?: string | undefined;
  readonly buildpack?: readonly string[];
  readonly execEnv?: string;
}

/** What becomes of the uris of a descriptor. In: its text, where it lies, and flags. */
function located(project: string, text: string, { file = "project.toml", root, ...flags }: Told) {
  const border = readBorder(project, root);
  const descriptor = { file, text: `[_]\nschema-version = "0.3"\n${text}` };
  const { localBuildpacks = [], handedUris = new Map() } = withLocalBuildpacks(flags, {
    ...{ directory: project, border, descriptor },
  });
  return { uris: Object.fromEntries(handedUris), local: localBuildpacks };
}

describe("a buildpack that project.toml names below the root", () => {
  it("is handed over: a directory and an archive, of group, pre and post", () => {
    const { root, project } = monorepo();
    const acme = "../../buildpacks/acme";
    for (const list of ["group", "pre.group", "post.group"]) {
      const { uris, local } = located(project, entry(acme, list) + entry(`${acme}.tgz`, list), { root });
      expect(uris).toEqual({
        [acme]: "context://local-buildpack-1",
        [`${acme}.tgz`]: "context://local-buildpack-2/acme.tgz",
      });
      expect(local).toMatchObject([
        { context: "local-buildpack-1", directory: join(root, "buildpacks/acme"), path: "", named: acme },
        { directory: join(root, "buildpacks"), path: "acme.tgz", named: `${acme}.tgz` },
      ]);
    }
  });

  it("may be absolute, an address of a file, or a link in the project; the same place is handed over once", () => {
    const { root, project } = monorepo();
    const path = join(root, "buildpacks/acme");
    symlinkSync("../../buildpacks/acme", join(project, "link"));
    const uris = ["link", "./link", path, pathToFileURL(path).href, "../../buildpacks/../buildpacks/acme"];
    const { uris: handed, local } = located(project, uris.map((uri) => entry(uri)).join(""), { root });
    expect(Object.entries(handed)).toEqual(uris.map((uri) => [uri, "context://local-buildpack-1"]));
    expect(local).toHaveLength(1);
  });

  it("starts from the descriptor's directory, and can be in the project after all", () => {
    const { root, project } = monorepo();
    const { uris } = located(project, entry("../buildpacks/acme") + entry("../services/cart/own"), {
      ...{ root, file: "../../shared/project.toml" },
    });
    expect(uris).toEqual({
      "../buildpacks/acme": "context://local-buildpack-1",
      "../services/cart/own": "./own",
    });
    expect(located(project, entry("../cart"), { root }).uris).toEqual({ "../cart": "." });
  });

  it("stays the compiler's in the project, where it is no path, and where it takes no part", () => {
    const { root, project } = monorepo();
    const uris = ["./own", "own", "./none", "acme/node", "from=builder", "docker://a/b", "https://a/b"];
    expect(located(project, uris.map((uri) => entry(uri)).join(""), { root }).uris).toEqual({});
    const text = entry("../../buildpacks/acme");
    expect(located(project, text, { root, buildpack: ["acme/node"] }).uris).toEqual({});
    const bound = `${text}exec-env = ["test"]\n`;
    expect(located(project, bound, { root }).uris).toEqual({});
    expect(Object.keys(located(project, bound, { root, execEnv: "test" }).uris)).toHaveLength(1);
  });

  it("that is not there, or cannot be followed, is an error at its line", () => {
    const { root, project } = monorepo();
    symlinkSync("circle", join(root, "circle"));
    for (const [uri, code] of [
      ["../../buildpacks/none", "modules/not-found"],
      ["../../circle", "modules/unreadable"],
    ] as const) {
      const [fault] = faultsOf(() => located(project, entry(uri), { root }));
      const location = { file: "project.toml", line: 4, keyPath: "io.buildpacks.group[0].uri" };
      expect(fault).toMatchObject({ code, location });
    }
  });

  it("is not handed over without a root, nor from outside of it, by whatever way", () => {
    const { home, root, project } = monorepo();
    symlinkSync("../elsewhere", join(root, "away"));
    symlinkSync("../../away", join(project, "away"));
    symlinkSync("../../buildpacks", join(project, "buildpacks"));
    const below = [entry("../../buildpacks/acme"), entry("buildpacks/acme")].join("");
    for (const directory of [undefined, project]) {
      expect(located(project, below, { root: directory }).uris).toEqual({});
    }
    const outside = ["../../../elsewhere", "../../away", "away", join(home, "elsewhere"), "../../../none"];
    expect(located(project, outside.map((uri) => entry(uri)).join(""), { root }).uris).toEqual({});
  });
});

describe.each([
  ["generate", ["generate", "--image=acme/helper:1"]],
  ["plan", ["plan"]],
  ["check", ["check"]],
  ["check --offline", ["check", "--offline"]],
])("%s", (name, words) => {
  const files = { "project.toml": `${projectToml}${entry("../../buildpacks/acme")}` };

  it("takes it with --root, and names both flags without", async () => {
    const { run, directory } = await workplace(files);
    const root = join(directory, "..", "mono");
    const project = join(root, "services/cart");
    write(project, { "project.toml": readFileSync(join(directory, "project.toml"), "utf8") });
    writeBuildpack(join(root, "buildpacks/acme"), "acme");
    const taken = await run([...words, "--root", "../.."], { cwd: project });
    expect(taken).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await run([...words, "--root", ".", "services/cart"], { cwd: root })).toEqual(taken);
    if (!name.startsWith("check")) {
      expect(taken.stdout).toContain("local-buildpack-1");
      expect(taken.stdout).toContain("acme/acme");
    }
    if (name === "generate") {
      expect(taken.stdout).toContain(" --build-context local-buildpack-1=../../buildpacks/acme --tag NAME");
      expect(taken.stdout).not.toContain("--root=..");
    }
    const refused = await run(words, { cwd: project });
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining("[modules/outside-project]"),
    ]);
    expect(refused.stderr).toMatch(/project\.toml:\d+:1: io\.buildpacks\.group\[0\]\.uri/);
    for (const flag of ["`--root DIRECTORY`", "`--buildpack`"]) expect(refused.stderr).toContain(flag);
  });

  it("refuses one outside of the root, also by a link", async () => {
    const { run, directory } = await workplace();
    const home = join(directory, "..");
    writeBuildpack(join(home, "elsewhere"), "SECRET");
    mkdirSync(join(home, "mono/cart"), { recursive: true });
    symlinkSync("../elsewhere", join(home, "mono/away"));
    symlinkSync("../away", join(home, "mono/cart/away"));
    for (const [uri, code] of [
      ["../../elsewhere", "modules/outside-project"],
      ["../away", "modules/outside-project"],
      ["./away", "modules/link-outside"],
    ] as const) {
      write(join(home, "mono/cart"), {
        "project.toml": `${projectToml.replace("BUILDER", "b.example/b")}${entry(uri)}`,
      });
      const { exitCode, stderr, stdout } = await run(["check", "--offline", "--root=.."], {
        cwd: join(home, "mono/cart"),
      });
      expect([uri, exitCode, stderr]).toEqual([uri, 1, expect.stringContaining(`[${code}]`)]);
      for (const flag of ["`--root DIRECTORY`", "`--buildpack`"]) expect(stderr).toContain(flag);
      expect(stderr + stdout).not.toContain("SECRET");
    }
  });
});

it("generate --check needs the root again", async () => {
  const { run, directory } = await workplace({ "project.toml": `${projectToml}${entry("../mine")}` });
  writeBuildpack(join(directory, "../mine"), "mine");
  expect(await run(["generate", "--root=..", "-o", "Dockerfile"])).toMatchObject({ exitCode: 0 });
  expect((await run(["generate", "--check", "Dockerfile"])).stderr).toContain("[modules/outside-project]");
  expect(await run(["generate", "--check", "Dockerfile", "--root=.."])).toMatchObject({
    ...{ exitCode: 0, stderr: "" },
  });
});

describeStarting("build", () => {
  /** A monorepo with an engine that only notes what it is told. */
  async function place(text: string) {
    const { run, builder } = await workplace();
    const { home, root, project } = monorepo();
    const descriptor = projectToml.replace("BUILDER", builder).replace('"0.2"', '"0.3"');
    write(project, { "project.toml": descriptor + text });
    const engine = standInBuildctl(join(home, "programs"));
    return {
      ...{ home, root, project },
      async build(words: readonly string[], cwd: string) {
        const args = ["build", "--engine=buildkit", "--image=registry.example/ours:1", ...words];
        const result = await run(args, { env: engine.env, cwd });
        return { ...result, words: engine.hasBuilt() ? engine.words() : [] };
      },
    };
  }
  const acme = "../../buildpacks/acme";
  const argument = "--opt=build-arg:CNB_DOCKERFILE_HANDED_URIS=";

  it("hands it over, and tells the frontend which uri it is", async () => {
    const { build, root, project } = await place(entry(acme, "pre.group"));
    for (const [words, cwd] of [
      [["--root=../..", "."], project],
      [["--root", ".", "services/cart"], root],
    ] as const) {
      const { exitCode, words: told, stderr } = await build(words, cwd);
      expect([exitCode, stderr]).toEqual([0, expect.anything()]);
      expect(told).toContain(`${argument}[["../../buildpacks/acme","context://local-buildpack-1"]]`);
      expect(told).toContain(`--local=context-0=${join(root, "buildpacks/acme")}`);
      expect(told).toContain("--opt=context:local-buildpack-1=local:context-0");
    }
    const { words: alone } = await build(["."], project);
    expect(alone.filter((word) => word.startsWith(argument) || word.startsWith("--local=context-"))).toEqual(
      [],
    );
  });

  it("hands over a copy of an archive, and starts nothing where there is no buildpack", async () => {
    const archive = await place(entry(`${acme}.tgz`));
    const { words } = await archive.build(["--root=../..", "."], archive.project);
    expect(words).toContain(
      `${argument}[["../../buildpacks/acme.tgz","context://local-buildpack-1/archive"]]`,
    );
    const none = await place(entry("../../buildpacks"));
    const { exitCode, stderr, words: told } = await none.build(["--root=../..", "."], none.project);
    expect([exitCode, told]).toEqual([1, []]);
    expect(stderr).toContain("../../buildpacks is not a buildpack: it has no buildpack.toml.");
  });

  it("heeds the execution environment of a build argument", async () => {
    const { build, project } = await place(`${entry(acme)}exec-env = ["test"]\n`);
    const told = async (...words: string[]) =>
      (await build(["--root=../..", ...words, "."], project)).words.some((word) => word.startsWith(argument));
    expect(await told()).toBe(false);
    expect(await told("--build-arg", "CNB_EXEC_ENV=test")).toBe(true);
  });

  it("hands over of a git repository or an archive what lies in it, and never more", async () => {
    const { build, home, root } = await place(entry(acme));
    await git(root, "init", "--quiet");
    await git(root, "add", "--all");
    await git(root, "commit", "--quiet", "--message=all");
    pack(root, join(home, "mono.tgz"), "-z", "--exclude=.git");
    for (const source of [
      ["--allow-local-git", `--git=file://${root}#:services/cart`],
      [`${join(home, "mono.tgz")}#:services/cart`],
    ]) {
      const { words, stderr, exitCode } = await build(["--root=../..", ...source], home);
      expect([exitCode, stderr]).toEqual([0, expect.anything()]);
      expect(words).toContain(`${argument}[["../../buildpacks/acme","context://local-buildpack-1"]]`);
      expect(words.join("\n")).not.toContain(`${root}/`);
      for (const above of ["../../..", "../../../../../../..", "/", home]) {
        const refused = await build([`--root=${above}`, ...source], home);
        expect([above, refused.exitCode, refused.stderr]).toEqual([
          ...[above, 1],
          expect.stringContaining("[files/root-not-above]"),
        ]);
      }
    }
  });
});
