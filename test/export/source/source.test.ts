import { execFileSync } from "node:child_process";
import {
  linkSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { copySource, type SourceRequest } from "../../../src/export/source/source.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { listTree, writeTree } from "../trees.ts";

function copy(from: string, options: Partial<SourceRequest> = {}) {
  const to = join(temporaryDirectory(), "workspace");
  const warnings: Diagnostic[] = [];
  const modes = { keepModes: false, mode: 0o777, runsAsOther: true };
  const request = { from, to, exclude: [], include: [], keepGitDirectory: false, ...modes, ...options };
  const totals = copySource(request, (warning) => warnings.push(warning));
  return { to, totals, warnings };
}

describe("the source that the buildpacks see", () => {
  it("keeps what exclude does not match, and a child whose directory was dropped", () => {
    const from = temporaryDirectory();
    writeTree(from, { "a.md": "a", "lib/keep.js": "k", "lib/drop.js": "d", "spec/x": "x" });
    const { to, totals } = copy(from, { exclude: ["lib", "!keep.js", "spec"] });
    expect(listTree(to)).toEqual(["a.md", "lib/", "lib/keep.js"]);
    expect(totals).toEqual({ files: 2, sizeBytes: 2, leftOut: 3 });
  });

  it("keeps what include matches, with directories for it", () => {
    const from = temporaryDirectory();
    writeTree(from, { "cmd/main.go": "m", "other/x": "x", "deep/er/y.go": "y" });
    const { to } = copy(from, { include: ["cmd/", "*.go"] });
    expect(listTree(to)).toEqual(["cmd/", "cmd/main.go", "deep/", "deep/er/", "deep/er/y.go"]);
  });

  it("leaves .git out, also a submodule's file, unless told otherwise", () => {
    const from = temporaryDirectory();
    writeTree(from, {
      ".git/config": "",
      ".git/objects/1": "",
      ".gitignore": "",
      "sub/.git": "gitdir",
      "sub/a": "",
    });
    expect(listTree(copy(from).to)).toEqual([".gitignore", "sub/", "sub/a"]);
    expect(copy(from).totals.leftOut).toBe(2);
    expect(listTree(copy(from, { keepGitDirectory: true }).to)).toContain(".git/config");
  });

  it("always brings the descriptor along", () => {
    const from = temporaryDirectory();
    writeTree(from, { "project.toml": "[_]", "a.go": "" });
    expect(listTree(copy(from, { include: ["*.go"] }).to)).toEqual(["a.go", "project.toml"]);
    expect(listTree(copy(from, { exclude: ["*"] }).to)).toEqual(["project.toml"]);
  });

  it("puts a descriptor of another name in the place of project.toml", () => {
    const from = temporaryDirectory();
    writeTree(from, { "project.toml": "old", "ci/prod.toml": "new", a: "" });
    const { to } = copy(from, { descriptor: "./ci/prod.toml", exclude: ["ci"] });
    expect(listTree(to)).toEqual(["a", "project.toml"]);
    expect(readFileSync(join(to, "project.toml"), "utf8")).toBe("new");
  });

  it("says nothing of a descriptor that is elsewhere, and follows no link out of the source", () => {
    const from = temporaryDirectory();
    writeTree(from, { "project.toml": "own" });
    symlinkSync("/etc/passwd", join(from, "linked.toml"));
    expect(readFileSync(join(copy(from, { descriptor: "gone.toml" }).to, "project.toml"), "utf8")).toBe(
      "own",
    );
    expect(readFileSync(join(copy(from, { descriptor: "linked.toml" }).to, "project.toml"), "utf8")).toBe(
      "own",
    );
  });

  it("keeps the times of files, directories and links", () => {
    const from = temporaryDirectory();
    writeTree(from, { "dir/file": "x" });
    symlinkSync("nowhere", join(from, "link"));
    utimesSync(join(from, "dir/file"), 0, 1_700_000_000.25);
    lutimesSync(join(from, "link"), 0, 1_600_000_000);
    utimesSync(join(from, "dir"), 0, 1_500_000_000);
    const { to } = copy(from);
    expect(["dir/file", "link", "dir"].map((path) => lstatSync(join(to, path)).mtimeMs)).toEqual([
      1_700_000_000_250, 1_600_000_000_000, 1_500_000_000_000,
    ]);
  });

  it("keeps hard links, links that lead nowhere, and names that are not UTF-8", () => {
    const from = temporaryDirectory();
    writeTree(from, { one: "same" });
    linkSync(join(from, "one"), join(from, "two"));
    symlinkSync("../out", join(from, "dangling"));
    const name = Buffer.from([0x66, 0xff, 0x0a, 0x22]);
    writeFileSync(Buffer.concat([Buffer.from(`${from}/`), name]), "bytes");
    const { to } = copy(from);
    expect(lstatSync(join(to, "one")).ino).toBe(lstatSync(join(to, "two")).ino);
    expect(readlinkSync(join(to, "dangling"))).toBe("../out");
    expect(readdirSync(to, { encoding: "buffer" })).toContainEqual(name);
  });

  it("drops a socket in silence and a FIFO with a word", async () => {
    const from = temporaryDirectory();
    execFileSync("mkfifo", [join(from, "pipe")]);
    const server = createServer().listen(join(from, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    const { to, warnings, totals } = copy(from);
    await new Promise((resolve) => server.close(resolve));
    expect(listTree(to)).toEqual([]);
    expect(totals.leftOut).toBe(2);
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "export/left-out: pipe is a fifo and was left out.",
      "export/empty-source: The app has no files, so the buildpacks have nothing to build.",
    ]);
  });
});

describe("an app without files", () => {
  it.each([
    ["nothing was sent", {}, {}],
    ["only the descriptor was sent", { "project.toml": "" }, {}],
    ["everything is excluded", { "a.js": "" }, { exclude: ["*"] }],
  ])("is warned of where %s", (_, files, options) => {
    const from = temporaryDirectory();
    writeTree(from, files);
    expect(copy(from, options).warnings.map(({ code }) => code)).toEqual(["export/empty-source"]);
  });

  it("is not what one with a single file is", () => {
    const from = temporaryDirectory();
    writeTree(from, { "a.js": "" });
    expect(copy(from).warnings).toEqual([]);
  });
});

describe("what generate wrote", () => {
  const made = "# Made by cnb-dockerfile 0.1.0: change its source\n";

  it("is no part of the app", () => {
    const from = temporaryDirectory();
    writeTree(from, {
      Dockerfile: `${made}FROM x\n`,
      "Dockerfile.dockerignore": made,
      "other.name": `# syntax=x/y:1\n${made}`,
      "docker/App.Dockerfile": made,
    });
    expect(listTree(copy(from, { exclude: ["docker"] }).to)).toEqual([]);
  });

  it("is told from what others wrote", () => {
    const from = temporaryDirectory();
    writeTree(from, {
      Dockerfile: `FROM x\n${made}`,
      "notes.md": `I use:\n\n${made}`,
      "deep/notes": made,
      empty: "",
    });
    expect(listTree(copy(from).to)).toEqual(["Dockerfile", "deep/", "deep/notes", "empty", "notes.md"]);
  });
});

it("warns of a descriptor that did not come along", () => {
  const from = temporaryDirectory();
  writeTree(from, { a: "a" });
  expect(copy(from, { descriptor: "project.toml" }).warnings.map(({ code }) => code)).toEqual([
    "export/descriptor-missing",
  ]);
  expect(copy(from).warnings).toEqual([]);
});

it("leaves out a descriptor that is a link to nowhere, for another is put in its place", () => {
  const from = temporaryDirectory();
  writeTree(from, { a: "a" });
  symlinkSync("../shared.toml", join(from, "project.toml"));
  symlinkSync("nowhere", join(from, "other"));
  expect(listTree(copy(from).to)).toEqual(["a", "other → nowhere"]);
});
