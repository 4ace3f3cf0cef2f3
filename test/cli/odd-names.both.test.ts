import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { standInBuildctl } from "../helpers/buildctl-stand-in.ts";
import { oddNames } from "../helpers/odd-names.ts";
import { projectToml, workplace } from "../helpers/program.ts";
import { itStarting } from "../helpers/starting.ts";

const quoted = oddNames.map((name) => JSON.stringify(name));

it("variables, secrets and bindings of project.toml and of flags come through whatever they are called", async () => {
  const toml =
    projectToml +
    quoted
      .map((name) => `[[io.buildpacks.build.env]]\nname = ${name}\nvalue = "of project.toml"\n`)
      .join("") +
    quoted
      .map((name) => `[[io.github.cnb-dockerfile.bindings]]\nname = ${name}\ntype = "t"\nkeys = [${name}]\n`)
      .join("");
  const { run } = await workplace({ "project.toml": toml });
  const secrets = oddNames.map((name) => `--secret=s_${name}`);
  const { stdout, stderr, exitCode } = await run(["generate", "--image=acme/helper:1", ...secrets]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  for (const name of oddNames) {
    expect(stdout).toContain(`"/platform/env/${name}"`);
    expect(stdout).toContain(`id=${name}.${name}`);
    expect(stdout).toContain(`id=s_${name}`);
  }
  const flags = oddNames.map((name) => `--env=${name}=of a flag`);
  const given = await run(["generate", "--image=acme/helper:1", ...flags]);
  expect([given.exitCode, given.stderr]).toEqual([0, ""]);
  expect(given.stdout.match(/of a flag/g)?.length).toBeGreaterThanOrEqual(oddNames.length);
  expect(given.stdout).not.toContain("of project.toml");
});

itStarting("`build` hands on labels, build arguments and variables whatever they are called", async () => {
  const { run, directory } = await workplace({ "project.toml": projectToml });
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const words = oddNames.flatMap((name) => [
    `--label=${name}=x`,
    `--build-arg=${name}=y`,
    `--annotation=${name}=z`,
  ]);
  const args = ["build", "--engine=buildkit", "--image=registry.example/ours:1", ...words, "."];
  const { exitCode, stderr } = await run(args, { env: engine.env });
  expect([exitCode, stderr]).toEqual([0, expect.anything()]);
  for (const name of oddNames) {
    expect(engine.words()).toEqual(
      expect.arrayContaining([`--opt=label:${name}=x`, `--opt=build-arg:${name}=y`]),
    );
  }
});

it("unknown keys of project.toml are told whatever they are called", async () => {
  const { run } = await workplace({
    "project.toml": `${projectToml}${quoted.map((name) => `${name} = 1\n`).join("")}`,
  });
  const { stderr } = await run(["check", "--offline"]);
  for (const name of oddNames) expect(stderr).toContain(`io.buildpacks.${name}`);
});

it("buildpacks of the project are taken whatever they are called", async () => {
  const { run, directory } = await workplace({
    "project.toml":
      projectToml + quoted.map((_, index) => `[[io.buildpacks.group]]\nuri = "./b${index}"\n`).join(""),
  });
  for (const [index, name] of quoted.entries()) {
    mkdirSync(join(directory, `b${index}/bin`), { recursive: true });
    for (const program of ["detect", "build"]) writeFileSync(join(directory, `b${index}/bin/${program}`), "");
    writeFileSync(
      join(directory, `b${index}/buildpack.toml`),
      `api = "0.10"\n[buildpack]\nid = ${name}\nversion = ${name}\n[[targets]]\nos = "linux"\n`,
    );
  }
  const { stdout, stderr, exitCode } = await run(["plan"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  for (const name of oddNames) expect(stdout).toContain(`${name}@${name}`);
});
