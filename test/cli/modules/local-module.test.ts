import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createModuleSource } from "../../../src/cli/modules/module-source.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { oddTar, packTree, writeLayout } from "../../helpers/archives.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { isRoot } from "../../helpers/needs-root.ts";

const toml = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1"\n';

function project(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

function local(directory: string, path: string) {
  const source = createModuleSource({
    directory,
    http: new HttpClient(),
    registryIndex: "",
    border: wholeMachine,
    report: () => {},
  });
  return source.local(path);
}

const fault = async (directory: string, path: string) => {
  const { temporary, faults } = await faultsOfAsync(local(directory, path));
  expect(temporary).toBe(false);
  return faults[0];
};

describe("a directory of the project", () => {
  it("is a buildpack by its buildpack.toml, with a package.toml or without", async () => {
    const directory = project({ "a/buildpack.toml": toml, "b/buildpack.toml": toml, "b/package.toml": "p" });
    expect(await local(directory, "a")).toEqual({
      form: "directory",
      module: { kind: "buildpack", buildpackToml: toml },
    });
    expect(await local(directory, "b")).toMatchObject({ module: { packageToml: "p" } });
  });

  it("has programs whose first line names an interpreter that Linux finds", async () => {
    const bp = (file: string, content: string) =>
      project({ "bp/buildpack.toml": toml, [`bp/${file}`]: content });
    for (const file of ["bin/detect", "bin/build"]) {
      expect(await fault(bp(file, "#!/bin/sh\r\nexit 0\r\n"), "bp")).toMatchObject({
        code: "modules/windows-line-ends",
        location: { file: `bp/${file}`, line: 1 },
      });
      for (const content of ["#!/bin/sh\nexit 0\r\n", "\x7fELF\r\n", "", "#!/bin/sh"]) {
        expect(await local(bp(file, content), "bp")).toMatchObject({ module: { kind: "buildpack" } });
      }
    }
  });

  it("has them in bin, and not for each platform", async () => {
    for (const platform of ["linux/amd64", "linux/arm/v7"]) {
      const directory = project({ "bp/buildpack.toml": toml, [`bp/${platform}/bin/detect`]: "x" });
      expect(await local(directory, "bp")).toMatchObject({
        module: { kind: "unusable", reason: expect.stringContaining(`its programs are in ${platform}/bin`) },
      });
    }
    const both = project({
      "bp/buildpack.toml": toml,
      "bp/bin/detect": "x",
      "bp/linux/amd64/bin/detect": "x",
      "bp/linux/file": "",
    });
    expect(await local(both, "bp")).toMatchObject({ module: { kind: "buildpack" } });
  });

  it("may be the project itself", async () => {
    expect(await local(project({ "buildpack.toml": toml }), "")).toMatchObject({ form: "directory" });
  });

  it("may be a link inside the project, and so may its files", async () => {
    const directory = project({ "a/buildpack.toml": toml, "b/real.toml": toml });
    symlinkSync("a", join(directory, "link"));
    symlinkSync("real.toml", join(directory, "b/buildpack.toml"));
    expect(await local(directory, "link")).toMatchObject({ module: { buildpackToml: toml } });
    expect(await local(directory, "b")).toMatchObject({ module: { buildpackToml: toml } });
  });

  it("may lie in a project that is reached over a link", async () => {
    const link = join(temporaryDirectory(), "project");
    symlinkSync(project({ "a/buildpack.toml": toml }), link);
    expect(await local(link, "a")).toMatchObject({ form: "directory" });
  });

  it("is not there", async () => {
    const directory = project({ a: "" });
    expect(await local(directory, "b/c")).toBeUndefined();
    expect(await local(directory, "a/c")).toBeUndefined();
    symlinkSync("nowhere", join(directory, "dangling"));
    expect(await local(directory, "dangling")).toBeUndefined();
  });

  it.each([
    ["has neither buildpack.toml nor extension.toml", {}, { kind: "neither" }],
    ["is an image extension", { "a/extension.toml": toml }, { kind: "extension", extensionToml: toml }],
    [
      "has both, and is a buildpack",
      { "a/extension.toml": "", "a/buildpack.toml": toml },
      { kind: "buildpack", buildpackToml: toml },
    ],
  ])("%s", async (_, files, module) => {
    const directory = project({ "a/other": "", ...files });
    expect(await local(directory, "a")).toEqual({ form: "directory", module });
  });

  it("leads out of the project, to nothing", async () => {
    const directory = project({ "a/x": "" });
    symlinkSync("../../nowhere", join(directory, "a/link"));
    symlinkSync("nowhere", join(directory, "inside"));
    expect(await fault(directory, "a/link")).toMatchObject({ code: "modules/link-outside" });
    expect(await local(directory, "inside")).toBeUndefined();
  });

  it("leads out of the project", async () => {
    const outside = project({ "buildpack.toml": toml });
    const directory = project({ "a/x": "" });
    symlinkSync(outside, join(directory, "link"));
    symlinkSync(join(outside, "buildpack.toml"), join(directory, "a/buildpack.toml"));
    expect(await fault(directory, "link")).toMatchObject({
      code: "modules/link-outside",
      message: `link points to ${outside}, which is outside the project.`,
      location: { file: "link" },
    });
    expect(await fault(directory, "link/buildpack.toml")).toMatchObject({ code: "modules/link-outside" });
    expect(await fault(directory, "a")).toMatchObject({
      code: "modules/link-outside-handed",
      location: { file: "a/buildpack.toml" },
    });
  });

  it.each([
    ["UTF-16", Buffer.from(`\uFEFF${toml}`, "utf16le"), "modules/unreadable", "not valid UTF-8"],
    ["2 MB", "#".repeat(2 << 20), "modules/too-large", "has 2097152 bytes"],
  ])("has a buildpack.toml of %s", async (_, content, code, message) => {
    const found = await fault(project({ "a/buildpack.toml": content }), "a");
    expect(found).toMatchObject({ code, location: { file: "a/buildpack.toml" } });
    expect(found?.message).toContain(message);
  });

  it("goes round in a circle, or has a directory for a file", async () => {
    const directory = project({ "a/buildpack.toml/x": "" });
    symlinkSync("circle", join(directory, "circle"));
    expect(await fault(directory, "circle")).toMatchObject({
      code: "modules/unreadable",
      message: "Cannot read circle: too many levels of symbolic links.",
    });
    expect(await fault(directory, "a")).toMatchObject({
      message: "Cannot read a/buildpack.toml: it is not a file.",
    });
  });

  it("has a buildpack.toml that may not be read", async () => {
    const directory = project({ "a/buildpack.toml": toml, "b.tgz": "" });
    chmodSync(directory, 0o755);
    for (const name of ["a/buildpack.toml", "b.tgz"]) chmodSync(join(directory, name), 0);
    // Root may read everything.
    if (isRoot) process.seteuid?.(65534);
    try {
      for (const path of ["a", "b.tgz"]) {
        expect(await fault(directory, path)).toMatchObject({
          code: "modules/unreadable",
          message: `Cannot read ${path === "a" ? "a/buildpack.toml" : path}: permission denied.`,
        });
      }
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe("an archive of the project", () => {
  it("is a buildpack, packed in whatever way", async () => {
    const content = project({ "buildpack.toml": toml, "bin/build": "" });
    const directory = project();
    packTree(content, join(directory, "a.tar"));
    packTree(content, join(directory, "a.tgz"));
    for (const path of ["a.tar", "a.tgz"]) {
      expect(await local(directory, path)).toEqual({
        form: "archive",
        module: { kind: "buildpack", buildpackToml: toml },
      });
    }
  });

  it("has programs that Linux can start, packed in whatever order", async () => {
    const program = (content: string) => [
      { name: "bin/detect", content: "#!/bin/sh\n" },
      { name: "bin/build", content },
    ];
    const bp = { name: "buildpack.toml", content: toml };
    for (const entries of [
      [bp, ...program("#!/bin/sh\r\nexit 0\r\n")],
      [...program(`#!/bin/sh\r\n${"x".repeat(300_000)}`), bp],
    ]) {
      expect(await fault(project({ "a.tgz": oddTar(...entries) }), "a.tgz")).toMatchObject({
        code: "modules/windows-line-ends-inside",
        message: expect.stringContaining("The first line of bin/build in a.tgz ends in a carriage return"),
        location: { file: "a.tgz" },
      });
    }
    for (const content of ["#!/bin/sh\nexit 0\r\n", `#!/bin/${"x".repeat(300)}\r\n`, "\x7fELF\r\n", ""]) {
      const directory = project({ "a.tgz": oddTar(bp, ...program(content)) });
      expect(await local(directory, "a.tgz")).toMatchObject({ module: { kind: "buildpack" } });
    }
  });

  it("has them in bin, and not for each platform", async () => {
    const bp = { name: "buildpack.toml", content: toml };
    for (const platform of ["linux/amd64", "linux/arm/v7"]) {
      const directory = project({ "a.tgz": oddTar({ name: `${platform}/bin/detect` }, bp) });
      expect(await local(directory, "a.tgz")).toMatchObject({
        module: { kind: "unusable", reason: expect.stringContaining(`its programs are in ${platform}/bin`) },
      });
    }
    for (const entry of [
      { name: "bin/detect" },
      { name: "bin/detect", kind: "symlink" as const, link: "x" },
    ]) {
      const both = project({ "a.tgz": oddTar(bp, { name: "linux/amd64/bin/detect" }, entry) });
      expect(await local(both, "a.tgz")).toEqual({
        form: "archive",
        module: { kind: "buildpack", buildpackToml: toml },
      });
    }
  });

  it("is a buildpackage with an image for each platform", async () => {
    const layout = project();
    const modules = { "acme/tool": { "1": {} } };
    const layers = [oddTar({ name: "x" })];
    writeLayout(layout, [
      { platform: "linux/amd64", modules, layers },
      { platform: "linux/arm64", modules, layers },
    ]);
    const directory = project();
    packTree(layout, join(directory, "a.cnb"));
    expect(await local(directory, "a.cnb")).toMatchObject({
      form: "archive",
      module: {
        kind: "buildpackage",
        configs: [
          { os: "linux", architecture: "amd64" },
          { os: "linux", architecture: "arm64" },
        ].map((config) => ({ ...config, labels: expect.anything() })),
      },
    });
  });

  it.each([
    ["a text", "hello", "it is not a tar archive"],
    [
      "a layout without images",
      oddTar({ name: "oci-layout", content: "{}" }, { name: "index.json", content: '{"manifests":[]}' }),
      "without an image",
    ],
    ["a layout without index", oddTar({ name: "oci-layout", content: "{}" }), "without index.json"],
    [
      "a layout with a broken index",
      oddTar({ name: "oci-layout", content: "{}" }, { name: "index.json", content: "{" }),
      "its index.json is not JSON",
    ],
    [
      "a layout without its blobs",
      oddTar({ name: "oci-layout", content: "{}" }, { name: "index.json", content: index() }),
      `it has no blobs/sha256/${"0".repeat(64)}`,
    ],
    [
      "a layout of another kind",
      oddTar({ name: "oci-layout", content: "{}" }, { name: "index.json", content: '{"manifests":[{}]}' }),
      "manifests.0.mediaType",
    ],
    ["names out of it", oddTar({ name: "../buildpack.toml", content: toml }), "points outside the archive"],
  ])("cannot be used: %s", async (_, content, reason) => {
    const found = await local(project({ "a.tgz": content }), "a.tgz");
    expect(found).toMatchObject({ form: "archive", module: { kind: "unusable" } });
    expect(found?.module).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  it("cannot be a FIFO, on which reading would wait for ever", async () => {
    const directory = project();
    execFileSync("mkfifo", [join(directory, "a.tgz")]);
    expect(await local(directory, "a.tgz")).toMatchObject({ module: { kind: "unusable" } });
  });
});

function index(): string {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return JSON.stringify({ manifests: [{ mediaType, digest: `sha256:${"0".repeat(64)}` }] });
}
