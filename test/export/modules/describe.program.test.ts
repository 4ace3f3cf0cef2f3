import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseModuleDescription } from "../../../src/contract/module-description.ts";
import { absent } from "../../helpers/absent.ts";
import { pack } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { writeTree } from "../trees.ts";

const program = join(import.meta.dirname, "../../../dist/export.mjs");
const toml = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1"\n';

function described(root: string, module: string, ...more: readonly string[]) {
  const to = join(temporaryDirectory(), "module.json");
  const words = ["describe", `--root=${root}`, `--module=${module}`, `--to=${to}`, ...more];
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return parseModuleDescription(readFileSync(to, "utf8"));
}

/** A project with a module of each kind. */
function project(): string {
  const root = temporaryDirectory();
  writeTree(root, { "a/buildpack.toml": toml, "a/package.toml": "p", "empty/": "" });
  pack(join(root, "a"), join(root, "a.tgz"), "-z");
  symlinkSync(`${absent}/x`, join(root, "away"));
  return root;
}

describe("describe writes what the compiler has to know of", () => {
  it("a directory", () => {
    const module = { kind: "buildpack", buildpackToml: toml, packageToml: "p" };
    expect(described(project(), "a")).toEqual({ kind: "found", found: { form: "directory", module } });
  });

  it("an archive, with its digest", () => {
    const root = project();
    const hash = createHash("sha256").update(readFileSync(join(root, "a.tgz")));
    expect(described(root, "a.tgz")).toEqual({
      kind: "found",
      found: { form: "archive", module: { kind: "buildpack", buildpackToml: toml } },
      digest: `sha256:${hash.digest("hex")}`,
    });
  });

  it("something else, and why it is none", () => {
    const module = { kind: "neither" };
    expect(described(project(), "empty")).toEqual({ kind: "found", found: { form: "directory", module } });
  });

  it("nothing at all", () => {
    expect(described(project(), "none")).toEqual({ kind: "missing" });
  });

  it("a link that leads out, even to nothing", () => {
    expect(described(project(), "away")).toMatchObject({
      kind: "refused",
      diagnostics: [{ code: "modules/link-outside", location: { file: "away" } }],
    });
  });
});

describe("describe writes that Linux cannot start", () => {
  const programs = (line: string) => {
    const root = temporaryDirectory();
    writeTree(root, { "a/buildpack.toml": toml, "a/bin/detect": line, "a/bin/build": line });
    pack(join(root, "a"), join(root, "a.tgz"), "-z");
    return root;
  };

  it("a directory's programs, by their line", () => {
    expect(described(programs("#!/bin/sh\r\n"), "a")).toMatchObject({
      kind: "refused",
      diagnostics: [{ code: "modules/windows-line-ends", location: { file: "a/bin/detect", line: 1 } }],
    });
  });

  it("an archive's programs, by the name that whoever fetched it knows", () => {
    const root = programs("#!/bin/sh\r\n");
    expect(described(root, "a.tgz", "--shown=https://module.example/a.tgz")).toMatchObject({
      kind: "refused",
      diagnostics: [
        { code: "modules/windows-line-ends-inside", location: { file: "https://module.example/a.tgz" } },
      ],
    });
  });

  it("those of several platforms", () => {
    const root = temporaryDirectory();
    writeTree(root, { "a/buildpack.toml": toml, "a/linux/amd64/bin/detect": "" });
    pack(join(root, "a"), join(root, "a.tgz"));
    for (const module of ["a", "a.tgz"]) {
      const reason = expect.stringContaining("its programs are in linux/amd64/bin");
      expect(described(root, module)).toMatchObject({ found: { module: { kind: "unusable", reason } } });
    }
  });
});

it("describe says of a directory that is handed over where its links end", () => {
  const root = temporaryDirectory();
  symlinkSync(`${absent}/x`, join(root, "buildpack.toml"));
  expect(described(root, "", "--shown=context://local-buildpack-1")).toMatchObject({
    diagnostics: [
      {
        code: "modules/link-outside-handed",
        message: `context://local-buildpack-1/buildpack.toml points to ${absent}/x, which is outside the buildpack's directory.`,
      },
    ],
  });
});

it("describe takes no path that leads out", () => {
  const words = ["describe", "--root=/", "--module=../x", `--to=${absent}`];
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, expect.stringContaining("--module must be a path below --root")]);
});
