import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absent } from "../helpers/absent.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { listTree, modeAt, writeTree } from "./trees.ts";

const program = join(import.meta.dirname, "../../dist/export.mjs");

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function fileList(...files: { path: string; mode?: string; content: string | string[] }[]): string {
  const list = join(temporaryDirectory(), "files.json");
  writeFileSync(list, JSON.stringify(files.map((file) => ({ mode: "0644", ...file }))));
  return list;
}

describe("files", () => {
  it("writes the bytes and modes it is told", () => {
    const to = join(temporaryDirectory(), "root");
    const from = fileList(
      { path: "/platform/env/URL", content: "https://é.example/ $x\\" },
      { path: "/cnb/tool", mode: "4755", content: ["a\n", "", "b"] },
    );
    expect(run("files", "--from", from, "--to", to)).toEqual({
      status: 0,
      stdout: "2 files written\n",
      stderr: "",
    });
    expect(readFileSync(join(to, "platform/env/URL"), "utf8")).toBe("https://é.example/ $x\\");
    expect(readFileSync(join(to, "cnb/tool"), "utf8")).toBe("a\nb");
    expect([modeAt(join(to, "cnb/tool")), modeAt(join(to, "platform"))]).toEqual(["4755", "755"]);
  });

  it.each(["../x", "/a/../../x", "/a//b", "/a/", "/", "a", "/a\0"])("refuses the path %j", (path) => {
    const to = temporaryDirectory();
    const { status, stderr } = run("files", "--from", fileList({ path, content: "" }), "--to", to);
    expect([status, stderr.split(":")[0]]).toEqual([1, "error[export/invalid-path]"]);
    expect(listTree(to)).toEqual([]);
  });
});

describe("the program", () => {
  it("copies a source and says so in one line", () => {
    const from = temporaryDirectory();
    writeTree(from, { a: "1", "b.md": "2", "spec/c": "3" });
    const to = join(temporaryDirectory(), "workspace");
    const result = run("source", "--from", from, "--to", to, "--exclude", "*.md", "--exclude", "spec");
    expect(result).toEqual({ status: 0, stdout: "source: 1 files, 1 B, 3 left out\n", stderr: "" });
  });

  it("brings in a module and says so in one line", () => {
    const from = temporaryDirectory();
    writeTree(from, { "buildpack.toml": '[buildpack]\nid = "acme/tool"\nversion = "1"\n', "bin/build": "b" });
    const to = join(temporaryDirectory(), "modules");
    expect(run("module", `--from=${from}`, `--to=${to}`, "--expect=acme/tool@1")).toEqual({
      status: 0,
      stdout: "module acme/tool@1: 2 files, 44 B\n",
      stderr: "",
    });
    expect(modeAt(join(to, "cnb/buildpacks/acme_tool/1/bin/build"))).toBe("755");
  });

  it("refuses each device in a layer, and writes no digest", () => {
    const from = temporaryDirectory();
    writeTree(from, { a: "1" });
    for (const name of ["null", "zero"]) execFileSync("mknod", [join(from, name), "c", "1", "3"]);
    const to = join(temporaryDirectory(), "sha256");
    const { status, stderr } = run("digest", "--from", from, "--to", to);
    expect(status).toBe(1);
    expect(stderr).toContain("error[export/device-in-layer]: /null is a device");
    expect(stderr).toContain("error[export/device-in-layer]: /zero is a device");
    expect(existsSync(to)).toBe(false);
  });

  it("exits with 2 when it is called wrongly", () => {
    const calls = [
      [],
      ["sauce"],
      ["source", "--form", "x"],
      ["source", "--from", "/x"],
      ["source", "--from", "/x", "--to", "/y", "--include", "a", "--exclude", "b"],
      ["source", "--from", "/x", "--to", "/y", "--descriptor", "../project.toml"],
      ["module", "--from", "/x", "--to", "/y"],
      ["module", "--from", "/x", "--to", "/y", "--expect", "acme/tool"],
      ["module", "--from", "/x", "--to", "/y", "--expect", "acme/tool@.."],
      ["module", "--from", "/x", "--to", "/y", "--expect", "acme/tool@1/../2"],
      ["module", "--from", "/x", "--to", "/y", "--expect", "..@1"],
      ["module", "--from", "/x", "--to", "/y", "--expect", "a@1", "--platform", "linux"],
      ["export", "--layers", "/l", "--app", "/a", "--lifecycle", "/c", "--user", "root", "--output", "/o"],
    ];
    for (const call of calls) {
      const { status, stderr } = run(...call);
      expect([call, status, stderr.split(":")[0]]).toEqual([call, 2, "error[export/usage]"]);
    }
  });

  it("exits with 1 and names the file that cannot be read", () => {
    const { status, stderr } = run("source", "--from", absent, "--to", join(temporaryDirectory(), "x"));
    expect(status).toBe(1);
    expect(stderr).toMatch(
      `error[export/unreadable]: Cannot read ${absent}: ENOENT: no such file or directory.`,
    );
  });

  it("says how it is called", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("source --from DIR --to DIR");
    const named =
      /Commands: (?<names>.*)\.$/m.exec(run("sauce").stderr)?.groups?.names?.split(/, | or /) ?? [];
    expect(named.length).toBeGreaterThan(20);
    for (const name of named) expect(stdout).toMatch(new RegExp(`^${name} +\\S`, "m"));
  });
});

it("shows what stands in a stranger's names, and does nothing by it", () => {
  const from = temporaryDirectory();
  const name = "x\u001b[2J\u001b]0;title\u0007";
  writeTree(from, { "buildpack.toml": `[buildpack]\nid = "acme/x"\nversion = "1"\n` });
  execFileSync("mkfifo", [join(from, name)]);
  const to = temporaryDirectory();
  const { status, stdout, stderr } = run("module", "--from", from, "--to", to, "--expect", "acme/x@1");
  expect(status, stderr).toBe(0);
  expect(stderr).toContain("x␛[2J␛]0;title␇");
  expect(stdout + stderr).not.toMatch(/(?!\n)\p{Cc}/u);
});

describe("warnings", () => {
  const file = () => join(temporaryDirectory(), "warnings/source.json");
  const parsed = (warnings: string) => JSON.parse(readFileSync(warnings, "utf8"));
  function copy(from: string, warnings: string) {
    const to = join(temporaryDirectory(), "workspace");
    return run("source", "--from", from, "--to", to, "--warnings", warnings);
  }

  it("are printed, and left with their time for builds in which BuildKit answers for the step", () => {
    const [warnings, before] = [file(), Date.now()];
    const { status, stderr } = copy(temporaryDirectory(), warnings);
    expect([status, stderr.split("]")[0]]).toEqual([0, "warning[export/empty-source"]);
    const [{ printedMs, ...warning }, ...others] = parsed(warnings);
    expect(warning).toEqual({
      code: "export/empty-source",
      message: "The app has no files, so the buildpacks have nothing to build.",
      hint: expect.stringContaining(".dockerignore"),
    });
    expect(others).toEqual([]);
    expect(printedMs).toBeGreaterThanOrEqual(before);
    expect(printedMs).toBeLessThanOrEqual(Date.now());
  });

  it("that cannot be left are printed, and the step fails", () => {
    const { status, stderr } = copy(temporaryDirectory(), "/dev/null/warnings.json");
    expect(status).toBe(1);
    expect(stderr).toContain("warning[export/empty-source]");
    expect(stderr).toContain("error[export/unwritable]");
  });

  it("are an empty list where there are none: the same bytes in each run", () => {
    const [warnings, from] = [file(), temporaryDirectory()];
    writeTree(from, { a: "1" });
    expect(copy(from, warnings).stderr).toBe("");
    expect(readFileSync(warnings, "utf8")).toBe("[]");
  });

  it("are printed and not left where they are more than a build should say again", () => {
    const [warnings, from] = [file(), temporaryDirectory()];
    execFileSync(
      "mkfifo",
      Array.from({ length: 103 }, (_, number) => join(from, `pipe-${number}`)),
    );
    const { stderr } = copy(from, warnings);
    // Of the app, that it has no files, too.
    expect([parsed(warnings).length, stderr.match(/^warning\[/gm)?.length]).toEqual([100, 104]);
  });
});

it("does a part of an export by a command of its own, or for a variable", () => {
  const layers = temporaryDirectory();
  writeTree(layers, { "group.toml": "", "config/metadata.toml": "" });
  const made = (name: string, env: Readonly<Record<string, string>>) => {
    const output = temporaryDirectory();
    const flags = { layers, app: layers, lifecycle: "/x", user: "1:1", output, "platform-api": "0.14" };
    const words = Object.entries({ ...flags, cache: join(output, "cache") }).map(
      ([flag, value]) => `--${flag}=${value}`,
    );
    const call = spawnSync(process.execPath, [program, name, ...words], { env: { ...process.env, ...env } });
    return { status: call.status, tree: listTree(output) };
  };
  const byVariable = (part: string) => made("export", { CNB_DOCKERFILE_ASSEMBLE: part });
  const cache = made("export-cache", {});
  expect(cache.status).toBe(0);
  expect(byVariable("cache")).toEqual(cache);
  expect(cache.tree.join()).toContain("io.buildpacks.lifecycle.cache.metadata");
});
