import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createModuleSource } from "../../../src/cli/modules/module-source.ts";
import { readBuildpackToml } from "../../../src/modules/buildpack-toml.ts";
import type { ModuleSource } from "../../../src/modules/module-source.ts";
import { readPackageToml } from "../../../src/modules/package-toml.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

let lab: Lab;
let server: FileServer;
let project: string;
let source: ModuleSource;

beforeAll(async () => {
  lab = await startLab();
  server = await serveFiles(lab.modules.directory);
  project = mkdtempSync(join(tmpdir(), "cnb-dockerfile-modules-"));
  cpSync(lab.modules.directory, join(project, "modules"), { recursive: true, verbatimSymlinks: true });
  source = createModuleSource({
    directory: project,
    border: wholeMachine,
    http: new HttpClient(),
    registryIndex: `${server.address}/registry-index`,
    report: () => {},
  });
});
afterAll(async () => {
  rmSync(project, { recursive: true, force: true });
  await server.close();
  await lab.close();
});

const forms: readonly (readonly [string, string, readonly string[]])[] = [
  ["a directory", "added", ["lab/added@2.0.0"]],
  ["an archive", "added.tgz", ["lab/added@2.0.0"]],
  ["a buildpackage", "added-linux-arm64.cnb", ["lab/added@2.0.0"]],
  ["a composite's buildpackage", "suite-linux-arm64.cnb", ["lab/suite@1.0.0", "lab/added@2.0.0"]],
];

/**
 * `-rwxr-xr-x 0/0 … 1980-01-01 00:00:01 cnb/buildpacks/…`: every entry of a tar below the buildpacks' directory. pack
 * writes a mode for symlinks, which on Linux have none.
 */
async function listing(tar: string): Promise<string[]> {
  const words = ["--utc", "--full-time", "--numeric-owner", "-tvf", tar];
  const { stdout } = await execa("tar", words);
  return stdout
    .split("\n")
    .map((line) =>
      line
        .replace(/^l\S+/, "l")
        .replace(/ \/(?=cnb)/, " ")
        .replace(/\/$/, "")
        .replace(/ +/g, " "),
    )
    .filter((line) => / cnb\/buildpacks\/./.test(line))
    .sort();
}

/** What the layers of an image hold, as one tar, without unpacking it as anybody. */
async function exported(reference: string): Promise<string> {
  const file = join(mkdtempSync(join(project, "..", "cnb-dockerfile-export-")), "image.tar");
  await lab.crane(["export", "--platform=linux/arm64", reference, file]);
  return file;
}

describe("what a build makes of a module is what pack makes of it:", () => {
  it.each(forms)("%s", async (_, path, expected) => {
    const output = mkdtempSync(join(tmpdir(), "cnb-dockerfile-output-"));
    const words = ["--from=/context/module", "--to=/out", "--platform=linux/arm64"];
    const dockerfile = [
      `FROM ${inject("toolImage")} AS tool`,
      "USER 0:0",
      `RUN --network=none --mount=type=bind,source=modules/${path},target=/context/module ${JSON.stringify([
        ...["node", "/cnb-dockerfile/export.mjs", "module", ...words],
        ...expected.map((name) => `--expect=${name}`),
      ])}`,
      "FROM scratch",
      "COPY --link --from=tool /out /",
    ].join("\n");
    writeFileSync(join(output, "Dockerfile"), dockerfile);
    const tar = join(output, "out.tar");
    const options = [`--output=type=tar,dest=${tar}`, `--file=${join(output, "Dockerfile")}`];
    await lab.buildx(["build", "--progress=plain", ...options, project]);
    const { buildpackage, buildpackageComposite } = lab.images;
    const reference = expected.length === 1 ? buildpackage : buildpackageComposite;
    const image = await exported(reference);
    const made = await listing(tar);
    expect(made).toEqual(await listing(image));
    expect(made.join("\n")).toContain("-rwxr-xr-x 0/0");
    expect(made.join("\n")).toContain(
      "1980-01-01 00:00:01 cnb/buildpacks/lab_added/2.0.0/hello -> share/hello",
    );
    rmSync(output, { recursive: true });
    rmSync(join(image, ".."), { recursive: true });
  });
});

describe("the compiler learns of a module", () => {
  it("from a directory, with what package.toml adds", async () => {
    const suite = await source.local("modules/suite");
    if (suite?.module.kind !== "buildpack") throw new Error("no buildpack");
    expect(readBuildpackToml(suite.module.buildpackToml, "buildpack.toml").order).toEqual([
      [{ id: "lab/added", version: "2.0.0", optional: false }],
    ]);
    expect(readPackageToml(suite.module.packageToml ?? "", "package.toml").dependencies).toEqual([
      { uri: "../added", keyPath: "dependencies[0].uri" },
    ]);
  });

  it("from an archive, alike from the project and over HTTP", async () => {
    const local = await source.local("modules/added.tgz");
    const downloaded = await source.download(`${server.address}/added.tgz`);
    expect(downloaded?.module).toEqual(local?.module);
    const { stdout } = await execa("sha256sum", [lab.modules.archive]);
    expect(downloaded?.digest).toBe(`sha256:${stdout.split(" ")[0]}`);
  });

  it("from a buildpackage that pack made, by its labels", async () => {
    const found = await source.download(`${server.address}/suite-linux-arm64.cnb`);
    if (found?.module.kind !== "buildpackage") throw new Error("no buildpackage");
    const [config] = found.module.configs;
    expect(config?.architecture).toBe("arm64");
    const layers: unknown = JSON.parse(config?.labels["io.buildpacks.buildpack.layers"] ?? "");
    expect(Object.keys(layers ?? {}).sort()).toEqual(["lab/added", "lab/suite"]);
  });

  it("from a registry index: the highest version that is not yanked", async () => {
    const entry = await source.lookUp({ namespace: "lab", name: "added" });
    const { stdout: digest } = await lab.crane(["digest", lab.images.buildpackage]);
    expect(entry).toEqual({
      version: "2.0.0",
      yanked: false,
      address: `${lab.images.buildpackage.replace(/:2$/, "")}@${digest}`,
    });
    expect(readFileSync(join(lab.modules.registryIndex, "ad/de/lab_added"), "utf8")).toContain("3.0.0");
  });
});
