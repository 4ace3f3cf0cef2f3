import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { workplace } from "../../helpers/program.ts";

const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "descriptors");
const fixture = (name: string) => readFileSync(join(fixtures, `${name}.toml`), "utf8");
const head = '[_]\nschema-version = "0.2"\n[io.buildpacks]\nbuilder = "BUILDER"\n';

it("a directory that is not there is named at its line, without network", async () => {
  const { run } = await workplace({ "project.toml": fixture("dirs-that-are-no-buildpacks") });
  const { stdout } = await run(["check", "--offline", "--json", "--builder", "registry.invalid/x"]);
  const said = JSON.parse(stdout).filter(({ code }: { code: string }) => code.startsWith("modules/"));
  expect(said).toMatchObject([
    { code: "modules/path-or-name", location: { file: "project.toml", line: 10 } },
    { code: "modules/path-or-name", location: { file: "project.toml", line: 12 } },
  ]);
  expect(said[0].message).toContain('There is no file or directory "backend/gateway"');
});

it("a directory that is not there is named at its line where no registry can be asked", async () => {
  const { run, builder } = await workplace({ "project.toml": fixture("dirs-that-are-no-buildpacks") });
  // Port 1: nothing listens there.
  const flags = ["--json", "--builder", builder, "--buildpack-registry", "http://127.0.0.1:1"];
  const { stdout, exitCode } = await run(["check", ...flags]);
  expect(JSON.parse(stdout)).toMatchObject([
    { code: "descriptor/schema-missing" },
    { code: "modules/no-such-path", location: { file: "project.toml", line: 10 } },
    { code: "modules/no-such-path", location: { file: "project.toml", line: 12 } },
  ]);
  expect(exitCode).toBe(1);
}, 60_000);

it("paths that lead nowhere or to no buildpack are errors without network, told with what else is wrong", async () => {
  const group = (uri: string) => `[[io.buildpacks.group]]\nuri = "${uri}"\n`;
  const { run } = await workplace({
    "project.toml": `${head}exlude = []\n${["./bp", "../up", "empty", "./empty"].map(group).join("")}`,
    "empty/x": "",
  });
  const { stdout, exitCode } = await run(["check", "--offline", "--json"]);
  const said = JSON.parse(stdout).map((one: { code: string; location: { line: number } }) => [
    one.code,
    one.location.line,
  ]);
  expect(said).toEqual([
    ["descriptor/unknown-key", 5],
    ["modules/not-found", 7],
    ["modules/outside-project", 9],
    ["modules/not-a-buildpack", 11],
    ["modules/not-a-buildpack", 13],
  ]);
  expect(exitCode).toBe(1);
});

it("what is no path, or there, is fine without network", async () => {
  const uris = [
    "urn:cnb:registry:a/b",
    "urn:cnb:builder:a/b",
    "docker://a/b",
    "from=builder",
    "a.example/b",
    "bp",
  ];
  const { run } = await workplace({
    "project.toml": head + uris.map((uri) => `[[io.buildpacks.group]]\nuri = "${uri}"\n`).join(""),
    "bp/buildpack.toml": 'api = "0.10"\n[buildpack]\nid = "a"\nversion = "1"\n',
  });
  expect(await run(["check", "--offline", "--strict"])).toMatchObject({ exitCode: 0 });
});
