import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { workplace } from "../../helpers/program.ts";

const project = (id: string, more = "") =>
  `[_]\nschema-version = "0.2"\nid = "${id}"\n\n[io.buildpacks]\nbuilder = "acme/builder:24"\n${more}`;
const files = {
  "services/api/project.toml": project("api", '\n[io.github.cnb-dockerfile]\nsecrets = ["NPM_TOKEN"]\n'),
  "services/web/project.toml": `# syntax=ghcr.io/acme/helper:1\n${project("web")}`,
};

const codesIn = (text: string) => Array.from(text.matchAll(/\[([a-z-]+\/[a-z-]+)\]$/gm), ([, code]) => code);

describe("generate --bake", () => {
  it("prints a target for each directory, and asks no registry", async () => {
    const { run, registry } = await workplace(files);
    const { exitCode, stdout, stderr } = await run(["generate", "--bake", "services/api", "services/web"]);
    expect(exitCode).toBe(0);
    expect(codesIn(stderr)).toEqual(["cli/helper-image-unpublished"]);
    expect(stdout).toContain('targets = ["api", "web"]');
    const [, api = "", web = ""] = /target "api" \{([\s\S]*)target "web" \{([\s\S]*)/.exec(stdout) ?? [];
    expect(api).toContain('context = "./services/api"');
    expect(api).toContain('secret = ["id=NPM_TOKEN,env=NPM_TOKEN"]');
    expect(api).toMatch(/"BUILDKIT_SYNTAX" = "ghcr\.io\/cnb-dockerfile\/cnb-dockerfile:/);
    // Its own line names the helper image.
    expect(web).not.toContain("BUILDKIT_SYNTAX");
    expect(registry.requests).toEqual([]);
  });

  it("hands flags on as build arguments, once for all", async () => {
    const { run } = await workplace(files);
    const flags = [
      "-B",
      "acme/other:1",
      "--env=A=1",
      "--platform=linux/arm64",
      "--image=acme/own:2",
      "--cache-scope=main",
    ];
    const { stdout } = await run(["generate", "--bake", ...flags, "services/api", "services/web"]);
    const [shared = ""] = /target "_project" \{[\s\S]*?\n\}/.exec(stdout) ?? [];
    for (const line of [
      'platforms = ["linux/arm64"]',
      '"CNB_BUILDER" = "acme/other:1"',
      '"A" = "1"',
      '"CNB_CACHE_SCOPE" = "main"',
    ]) {
      expect(shared).toContain(line);
    }
    expect(stdout).toContain('"BUILDKIT_SYNTAX" = "acme/own:2"');
  });

  it.each(["--bake", "--compose"])(
    "%s warns of secrets that a project would send with its source",
    async (form) => {
      const bound =
        '\n[io.github.cnb-dockerfile]\nbindings = [{ name = "db", type = "x", keys = ["password"] }]\n';
      const { run, write } = await workplace({
        ...{ "project.toml": project("all"), "api/project.toml": project("api", bound) },
      });
      const said = async (...words: string[]) =>
        (await run(["generate", form, "--image=acme/own:2", ...words])).stderr;
      expect(await said("api")).toBe("");
      // Nothing of it is read from a file.
      expect(await said(".")).toBe("");
      const warning = await said(".", "api");
      expect(warning).toContain(
        "warning: The secrets in secrets/ are in the source of ., so they can become part of its image",
      );
      expect(warning).toContain("Add the line `/secrets` to .dockerignore");
      expect(warning.match(/cli\/target-secret-in-source/g)).toHaveLength(1);
      write(".dockerignore", "/secrets\n");
      expect(await said(".", "api")).toBe("");
    },
  );

  it("names directories that are called alike by their paths, and takes one that is named twice once", async () => {
    const { run, directory } = await workplace({
      ...{ "a/app/project.toml": project("a"), "b/app/project.toml": project("b") },
      "default/project.toml": project("c"),
    });
    symlinkSync("app", join(directory, "b", "link"));
    const { stdout } = await run(["generate", "--bake", "a/app", "b/app", "./a/app/", "b/link", "default"]);
    expect(stdout).toContain('targets = ["a-app", "b-app", "default-2"]');
  });

  it("writes a cache image's own tag for each project, which no Dockerfile can name", async () => {
    const { run } = await workplace(files);
    const words = ["--cache-image=registry.example/cache:v1", "--cache-scope=main"];
    const { stdout, exitCode } = await run(["generate", "--bake", ...words, "services/api", "services/web"]);
    expect(exitCode).toBe(0);
    for (const name of ["api", "web"]) {
      expect(stdout).toContain(`"CNB_CACHE_IMAGE" = "registry.example/cache:v1-${name}"`);
      expect(stdout).toContain(`tags = ["registry.example/cache:v1-${name}-main"]`);
    }
    const file = await run(["generate", ...words, "services/api"]);
    expect(file.exitCode).toBe(1);
    expect(file.stderr).toContain("[cli/cache-image-of-file]");
  });

  it("says everything that is wrong with any project, by its path", async () => {
    const { run } = await workplace({
      ...{ "a/project.toml": "[_]\nschema-version = 7\n", "b/project.toml": '[_]\nschema-version = "0.2"\n' },
      "c/main.js": "",
    });
    const { exitCode, stderr } = await run(["generate", "--bake", "a", "b", "c"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\[descriptor\/[a-z-]+\]\n +at a\/project\.toml/);
    expect(stderr).toMatch(/\[plan\/no-builder\]\n +at b\/project\.toml/);
    expect(stderr).toMatch(/\[cli\/target-without-descriptor\]\n +at c/);
  });

  it.each([
    [["--self-contained"], "cli/target-flag"],
    [["--volume=data:/data"], "cli/target-flag"],
    [["--cache-id=x"], "cli/target-flag"],
    [["--descriptor=services/api/project.toml"], "cli/target-flag"],
    [["--env=BUILDKIT_SYNTAX=x"], "cli/env-of-build"],
    [["--buildpack=../elsewhere"], "cli/target-buildpack"],
    [["--platform=x"], "cli/bad-platform"],
  ])("refuses %j", async (flags, code) => {
    const { run, directory } = await workplace(files);
    mkdirSync(join(directory, "..", "elsewhere"));
    writeFileSync(join(directory, "..", "elsewhere", "buildpack.toml"), "");
    const { exitCode, stdout, stderr } = await run([
      "generate",
      "--bake",
      ...flags,
      "services/api",
      "services/web",
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(`[${code}]`);
  });

  it("replaces its own file, and another's only by force", async () => {
    const { run, directory } = await workplace(files);
    const words = ["generate", "--bake", "-o", "docker-bake.hcl", "services/api"];
    expect((await run(words)).exitCode).toBe(0);
    const file = join(directory, "docker-bake.hcl");
    const text = readFileSync(file, "utf8");
    expect((await run(words)).exitCode).toBe(0);
    writeFileSync(file, text.replace(/^.*\n/, ""));
    const refused = await run(words);
    expect(refused.stderr).toContain("[cli/not-generated]");
    expect((await run([...words, "--force"])).exitCode).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(text);
    const lost = await run([
      ...words.slice(0, 2),
      "--force",
      "-o",
      "services/api/project.toml",
      "services/api",
    ]);
    expect(lost.stderr).toContain("[cli/output-is-descriptor]");
  });
});

describe("generate --compose", () => {
  it("has paths from where the file lies", async () => {
    const { run, directory } = await workplace(files);
    mkdirSync(join(directory, "deploy"));
    const words = ["generate", "--compose", "-o", "deploy/compose.yaml", "services/api", "services/web"];
    expect((await run(words)).exitCode).toBe(0);
    const { services, secrets } = parse(readFileSync(join(directory, "deploy", "compose.yaml"), "utf8"));
    expect(services.api).toMatchObject({
      image: `\${REGISTRY:-}api:\${TAG:-latest}`,
      build: { context: "../services/api", dockerfile: "project.toml", secrets: ["NPM_TOKEN"] },
    });
    expect(services.web.build).toEqual({ context: "../services/web", dockerfile: "project.toml" });
    expect(secrets).toEqual({ NPM_TOKEN: { environment: "NPM_TOKEN" } });
  });
});

it("a Dockerfile is of one project, and a file is of one kind", async () => {
  const { run } = await workplace(files);
  const several = await run(["generate", "services/api", "services/web"]);
  expect(several.exitCode).toBe(2);
  expect(several.stderr).toContain("but got: services/api, services/web. [cli/too-many-arguments]");
  for (const other of ["--compose", "--json", "--check=Dockerfile"]) {
    expect((await run(["generate", "--bake", other, "services/api"])).exitCode, other).toBe(2);
  }
});
