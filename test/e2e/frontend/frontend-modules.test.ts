import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startWebServer } from "../../helpers/web-server.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

let lab: Lab;
let server: FileServer;
let project: string;

beforeAll(async () => {
  lab = await startLab();
  server = await serveFiles(lab.modules.directory);
  project = mkdtempSync(join(tmpdir(), "cnb-dockerfile-modules-"));
  cpSync(lab.modules.directory, join(project, "modules"), { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(project, "empty"));
  symlinkSync("/etc", join(project, "away"));
  writeFileSync(join(project, "zip.tgz"), Buffer.from("PK\u0003\u0004"));
  writeFileSync(join(project, "Procfile"), "web: lab-added\n");
});
afterAll(async () => {
  rmSync(project, { recursive: true, force: true });
  await server.close();
  await lab.close();
});

/** Builds with nothing but buildx. In: what the one entry of the order says; further arguments. */
async function build(entry: string, ...words: readonly string[]) {
  const text = [
    `# syntax=${inject("toolImage")}`,
    '[_]\nschema-version = "0.2"\nid = "lab.frontend-modules"',
    `[io.buildpacks]\nbuilder = "${lab.images.builder}"`,
    entry === "" ? "" : `[[io.buildpacks.group]]\n${entry}`,
  ];
  writeFileSync(join(project, "project.toml"), text.join("\n"));
  return lab.buildx(["build", "--progress=plain", "--file=project.toml", ...words, "."], {
    cwd: project,
    reject: false,
  });
}

/** What the finished image says of the layers that buildpacks made for it: `id: layer layer`. */
async function layersOf(reference: string): Promise<string[]> {
  const { stdout } = await lab.crane(["config", "--platform=linux/amd64", reference]);
  const { config } = JSON.parse(stdout) as { config: { Labels: Record<string, string> } };
  const label = JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}") as {
    buildpacks: { key: string; layers: Record<string, { sha: string }> }[];
  };
  return label.buildpacks.map(({ key, layers }) => `${key}: ${Object.keys(layers).join(" ")}`);
}

/** Code of the message that a build failed with. */
function codeIn(stderr: string): string | undefined {
  return /^ERROR: .*\[(?<code>[a-z]+\/[a-z-]+)\]$/m.exec(stderr)?.groups?.code;
}

async function built(entry: string, ...words: readonly string[]): Promise<string[]> {
  const reference = `${lab.registry}/lab/frontend-modules:app`;
  const output = `--output=type=image,name=${reference},push=true`;
  const { exitCode, stderr } = await build(entry, output, "--platform=linux/amd64", ...words);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  return layersOf(reference);
}

describe("an added buildpack makes its layer, from", () => {
  it.each<readonly [string, () => string]>([
    ["a directory", () => "./modules/added"],
    ["a composite's directory, and the one that it depends on", () => "modules/suite"],
    ["an archive", () => "modules/added.tgz"],
    ["a buildpackage's file", () => "modules/suite-linux-amd64.cnb"],
    ["an address", () => `${server.address}/added.tgz`],
    ["a buildpackage's image", () => `docker://${lab.images.buildpackage}`],
  ])("%s", async (_, uri) => {
    expect(await built(`uri = "${uri()}"`)).toEqual(["lab/added: added"]);
  });

  it("the index of a registry", async () => {
    const index = `--build-arg=CNB_BUILDPACK_REGISTRY=${server.address}/registry-index`;
    expect(await built('id = "lab/added"\nversion = "2.0.0"', index)).toEqual(["lab/added: added"]);
    expect(server.requests).toContain("/registry-index/ad/de/lab_added");
  });

  it("build arguments, before the builder's own", async () => {
    const [first, ...rest] = await built("", "--build-arg=CNB_PRE_BUILDPACKS=./modules/added");
    expect(first).toBe("lab/added: added");
    expect(rest.length).toBeGreaterThan(0);
  });
});

it("looks into a directory again only when something in it changed", async () => {
  const looks = async () => {
    const { stderr } = await build('uri = "./modules/added"', "--platform=linux/amd64");
    return /^#\d+ (?<how>CACHED|DONE)/m.exec(stderr.slice(stderr.indexOf("inspect buildpack")))?.groups?.how;
  };
  await looks();
  expect(await looks()).toBe("CACHED");
  writeFileSync(join(project, "modules/added/new.txt"), `${Date.now()}`);
  expect(await looks()).toBe("DONE");
});

describe("says what is wrong with", () => {
  it.each<readonly [string, string, string]>([
    ["a path where nothing is", "./nothing", "modules/not-found"],
    ["a directory without a buildpack", "./empty", "modules/not-a-buildpack"],
    ["another kind of archive", "./zip.tgz", "modules/not-a-buildpack"],
  ])("%s", async (_, uri, code) => {
    const { exitCode, stderr } = await build(`uri = "${uri}"`);
    expect([exitCode, codeIn(stderr)]).toEqual([1, code]);
    expect(stderr).toContain("project.toml:8");
  });

  it.each([
    [404, "modules/not-found"],
    [403, "modules/refused"],
    [400, "modules/bad-answer"],
    [503, "modules/unavailable"],
  ])("an address that answers with status %i", async (status, code) => {
    const address = await startWebServer((_, response) => response.writeHead(status).end());
    const { exitCode, stderr } = await build(`uri = "${address}/x.tgz"`);
    expect([exitCode, codeIn(stderr)]).toEqual([1, code]);
  });

  it("a link that leads out of the project", async () => {
    const { stderr } = await build('uri = "./away"');
    expect(codeIn(stderr)).toBe("modules/link-outside");
    expect(stderr).toContain("away points to /etc, which is outside the project.");
  });

  it("an address with a password in it", async () => {
    const { stderr } = await build('uri = "http://me:s3cret@127.0.0.1/x.tgz"');
    expect(codeIn(stderr)).toBe("modules/bad-url");
    expect(/^ERROR: .*$/m.exec(stderr)?.[0]).not.toContain("s3cret");
  });

  it("an address where nobody answers", async () => {
    const { stderr } = await build('uri = "http://127.0.0.1:9/x.tgz?token=s3cret"');
    expect(codeIn(stderr)).toBe("modules/unavailable");
    expect(/^ERROR: .*$/m.exec(stderr)?.[0]).not.toContain("s3cret");
  });

  it("an index that is a directory, and a switch that is neither on nor off", async () => {
    const index = await build(
      'uri = "urn:cnb:registry:lab/added"',
      "--build-arg=CNB_BUILDPACK_REGISTRY=/somewhere",
    );
    expect(index.stderr).toContain("it is neither http nor https");
    const { stderr } = await build("", "--build-arg=CNB_CA_CERT=perhaps");
    expect(stderr).toContain("[cli/build-arg-not-boolean]");
  });
});
