import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readOperatorDefaults } from "../../src/cli/operator-defaults.ts";
import { optionRows } from "../../src/options/table.ts";
import { standInBuildctl } from "../helpers/buildctl-stand-in.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { faultsOf } from "../helpers/errors.ts";
import { workplace } from "../helpers/program.ts";
import { describeStarting } from "../helpers/starting.ts";

const usual = ".config/cnb-dockerfile/config.toml";

/** A home with a defaults file. Out: the variables of its user. */
function homeWith(text: string) {
  const home = temporaryDirectory();
  const file = join(home, usual);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  return { env: { HOME: home }, file, home };
}

describe("the operator's defaults file", () => {
  it("is the one of this user's home, and may be missing", () => {
    const { env, file } = homeWith(
      'builder = "acme/builder:24"\nregistry-mirror = ["docker.io=mirror.example"]\n',
    );
    expect(readOperatorDefaults(env)).toEqual({
      file,
      settings: { builder: "acme/builder:24", registryMirror: ["docker.io=mirror.example"] },
    });
    expect(readOperatorDefaults({ HOME: temporaryDirectory() }).settings).toEqual({});
  });

  it("is the one that the variable names, which has to be there", () => {
    const { file } = homeWith('fail-on = "high"\n');
    const env = { HOME: temporaryDirectory(), CNB_DOCKERFILE_CONFIG: file };
    expect(readOperatorDefaults(env).settings).toEqual({ failOn: "high" });
    const missing = { ...env, CNB_DOCKERFILE_CONFIG: `${file}.not` };
    expect(faultsOf(() => readOperatorDefaults(missing))).toMatchObject([
      { code: "cli/defaults-unreadable", hint: expect.stringContaining("CNB_DOCKERFILE_CONFIG") },
    ]);
  });

  it("has strict keys: each that is none is told with its place, and what was meant", () => {
    const { env, file } = homeWith('builder = "b"\n\nfail_on = "high"\nsecrets = []\nimage = "x"\n');
    expect(faultsOf(() => readOperatorDefaults(env))).toMatchObject([
      {
        code: "cli/defaults-unknown-key",
        hint: "Did you mean `fail-on`?",
        location: { file, line: 3, column: 1 },
      },
      { code: "cli/defaults-unknown-key", hint: "Did you mean `secret`?", location: { line: 4 } },
      { code: "cli/defaults-unknown-key", hint: expect.stringContaining("builder"), location: { line: 5 } },
    ]);
  });

  it("has values of the options' own types and checks", () => {
    const { env } = homeWith(
      'builder = "No Image"\nregistry-mirror = "a=b"\nsecret = [1]\nfail-on = "hihg"\nsecret-policy = "maybe"\n',
    );
    expect(
      faultsOf(() => readOperatorDefaults(env)).map(({ code, location }) => [code, location?.line]),
    ).toEqual([
      ["plan/bad-reference", 1],
      ["cli/defaults-wrong-type", 2],
      ["cli/defaults-wrong-type", 3],
      ["scan/unknown-severity", 4],
      ["cli/bad-secret-policy", 5],
    ]);
    const broken = homeWith("builder = \n");
    expect(faultsOf(() => readOperatorDefaults(broken.env))).toMatchObject([
      { code: "descriptor/toml-syntax", location: { line: 1 } },
    ]);
  });

  it.skipIf(process.platform === "win32")("is refused where others could have written it", () => {
    const { env, file, home } = homeWith('builder = "b"\n');
    const codes = () => faultsOf(() => readOperatorDefaults(env)).map(({ code }) => code);
    chmodSync(file, 0o666);
    expect(codes()).toEqual(["cli/defaults-writable"]);
    chmodSync(file, 0o600);
    chmodSync(join(home, ".config"), 0o777);
    expect(codes()).toEqual(["cli/defaults-writable"]);
    chmodSync(join(home, ".config"), 0o755);
    expect(readOperatorDefaults(env).settings).toEqual({ builder: "b" });
  });

  it("is not missed in a home that others can write to", () => {
    const { env, file, home } = homeWith("");
    rmSync(file);
    chmodSync(home, 0o777);
    expect(readOperatorDefaults(env).settings).toEqual({});
  });

  it("says nothing that a project can say in a table of its own", () => {
    const both = optionRows.filter(({ setting, key }) => setting !== undefined && key !== undefined);
    expect(both).toEqual([]);
    const settings = optionRows.flatMap(({ setting = [] }) => setting);
    expect(settings).toEqual(
      expect.arrayContaining(["builder", "registry-mirror", "registry-ca", "secret", "fail-on"]),
    );
  });
});

const projectToml = '[_]\nschema-version = "0.2"\n[io.buildpacks]\nbuilder = "acme/own:1"\n';

/** What BuildKit is told when a project is built, with a defaults file of this user. */
async function told(files: Record<string, string>, settings: string, args: readonly string[]) {
  const { run, directory, write } = await workplace(files);
  write(join("..", usual), settings);
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const words = ["build", "--engine=buildkit", "--image=x/y", ...args];
  const result = await run(words, { env: { ...engine.env, TOKEN: "t", OTHER: "o" } });
  return { ...result, words: result.exitCode === 0 ? engine.words() : [] };
}

describeStarting("a build", () => {
  it("takes the operator's builder where the project names none, and a flag's or an argument's before both", async () => {
    const files = { "project.toml": '[_]\nschema-version = "0.2"\n' };
    const settings = 'builder = "acme/operator:1"\n';
    const builder = async (...args: string[]) =>
      (await told(files, settings, args)).words.filter((word) => word.includes("CNB_BUILDER"));
    expect(await builder()).toEqual(["--opt=build-arg:CNB_BUILDER=acme/operator:1"]);
    const own = await told({ "project.toml": projectToml }, settings, []);
    expect(own.words.filter((word) => word.includes("CNB_BUILDER"))).toEqual([]);
    expect(await builder("--builder=acme/flag:1")).toEqual(["--opt=build-arg:CNB_BUILDER=acme/flag:1"]);
    expect(await builder("--build-arg=CNB_BUILDER=acme/argument:1")).toEqual([
      "--opt=build-arg:CNB_BUILDER=acme/argument:1",
    ]);
  });

  it("has the operator's scan policy, and says where nothing heeds it", async () => {
    const settings = 'fail-on = "high"\n';
    const { words } = await told({ "project.toml": projectToml }, settings, []);
    expect(words).toContain("--opt=build-arg:CNB_FAIL_ON=high");
    const { exitCode, stderr, words: others } = await told({ Dockerfile: "FROM scratch\n" }, settings, []);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("[cli/defaults-not-heeded]");
    expect(others.filter((word) => word.includes("CNB_"))).toEqual([]);
  });

  it("offers the operator's secrets to what declares them, and to nothing else", async () => {
    const settings = 'secret = ["id=TOKEN,env=TOKEN", "id=OTHER,env=OTHER"]\n';
    const declaring = `${projectToml}[io.github.cnb-dockerfile]\nsecrets = ["TOKEN"]\n`;
    const secrets = (words: readonly string[]) => words.filter((word) => word.startsWith("--secret"));
    const { words } = await told({ "project.toml": declaring }, settings, []);
    expect(secrets(words)).toEqual(["--secret=id=TOKEN,env=TOKEN"]);
    const flag = await told({ "project.toml": declaring }, settings, ["--secret=id=TOKEN,env=OTHER"]);
    expect(secrets(flag.words)).toEqual(["--secret=id=TOKEN,env=OTHER"]);
    expect(secrets((await told({ "project.toml": projectToml }, settings, [])).words)).toEqual([]);
  });

  it("reads no defaults file of the project's", async () => {
    const files = {
      "project.toml": projectToml,
      [usual]: 'builder = "acme/theirs:1"\n',
      "config.toml": "x = 1\n",
    };
    const { words } = await told(files, "", []);
    expect(words.filter((word) => word.includes("CNB_BUILDER"))).toEqual([]);
  });
});

describe("generate", () => {
  it("records what the operator chose, and its check of a file asks nobody", async () => {
    const { run, builder, read, write } = await workplace({
      "project.toml": '[_]\nschema-version = "0.2"\n',
    });
    write(join("..", usual), 'builder = "BUILDER"\nfail-on = "high"\n');
    const access = ["--insecure-registry", builder.split("/")[0] ?? ""];
    expect(await run(["generate", "-o", "Dockerfile", ...access])).toMatchObject({ exitCode: 0 });
    for (const word of [`"--builder=${builder}"`, '"--fail-on=high"']) {
      expect(read("Dockerfile")).toContain(word);
    }
    write(join("..", usual), 'fail-on = "low"\n');
    expect(await run(["generate", "--check", "Dockerfile", ...access])).toMatchObject({ exitCode: 0 });
  });

  it("is told of a mistake in the file by its line", async () => {
    const { run, write } = await workplace({ "project.toml": projectToml });
    write(join("..", usual), 'bulider = "x"\n');
    const { exitCode, stderr } = await run(["check", "--offline"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("config.toml:1:1");
    expect(stderr).toContain("Did you mean `builder`?");
  });
});
