import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { copySource, type SourceRequest } from "../../../src/export/source/source.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { listTree, modeAt, writeTree } from "../trees.ts";

function copy(from: string, options: Partial<SourceRequest> = {}) {
  const to = join(temporaryDirectory(), "workspace");
  const warnings: Diagnostic[] = [];
  const modes = { keepModes: false, mode: 0o777, runsAsOther: true };
  const request = { from, to, exclude: [], include: [], keepGitDirectory: false, ...modes, ...options };
  copySource(request, (warning) => warnings.push(warning));
  const found = Object.fromEntries(listTree(to).map((path) => [path, modeAt(join(to, path))]));
  return {
    modes: found,
    top: modeAt(to),
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  };
}

/** A source with these modes. */
function source(modes: Readonly<Record<string, number>>): string {
  const from = temporaryDirectory();
  for (const path of Object.keys(modes)) {
    if (path.endsWith("/")) mkdirSync(join(from, path), { recursive: true });
    else writeTree(from, { [path]: path });
  }
  for (const [path, mode] of Object.entries(modes).reverse()) chmodSync(join(from, path), mode);
  return from;
}

/** A repository, cloned as git does it under a umask. */
function clone(umask: string): string {
  const [origin, to] = [temporaryDirectory(), join(temporaryDirectory(), "clone")];
  writeTree(origin, { "bin/run": "#!/bin/sh\n", "lib/a.js": "a", "project.toml": "[_]\n" });
  chmodSync(join(origin, "bin/run"), 0o755);
  const script = `
    git init -q && git add . &&
    git -c user.name=a -c user.email=a@example.com -c commit.gpgsign=false commit -qm a &&
    umask ${umask} && git clone -q . "$0"`;
  execFileSync("sh", ["-c", script, to], { cwd: origin });
  return to;
}

describe("modes of the source", () => {
  it.each(["000", "002", "027", "077"])("are those of any other clone where the umask is %s", (umask) => {
    const { modes, warnings } = copy(clone(umask));
    expect(modes).toEqual(copy(clone("022")).modes);
    expect(modes).toMatchObject({ "bin/": "755", "bin/run": "755", "lib/a.js": "644" });
    // What all files have is nobody's wish.
    expect(warnings).toEqual([]);
  });

  it("follow the owner's right to run a file, and nothing else", () => {
    const from = source({ "dir/": 0o711, "dir/a": 0o611, "dir/b": 0o344, c: 0o000, d: 0o400 });
    expect(copy(from).modes).toEqual({ "dir/": "755", "dir/a": "644", "dir/b": "755", c: "644", d: "644" });
  });

  it("keep set-id and sticky bits as pack does, but setgid of a directory, which comes from wherever a clone lies", () => {
    const from = source({ "shared/": 0o2755, "tmp/": 0o1777, tool: 0o6775, sticky: 0o1644 });
    expect(copy(from).modes).toEqual({ "shared/": "755", "tmp/": "1755", tool: "6755", sticky: "1644" });
  });

  it("stay as they are where that is asked for", () => {
    const modes = { "shared/": 0o2775, "tmp/": 0o1777, "tmp/closed": 0o000, "tmp/odd": 0o311, tool: 0o6775 };
    const kept = copy(source(modes), { keepModes: true });
    expect(kept.modes).toEqual(
      Object.fromEntries(Object.entries(modes).map(([path, mode]) => [path, mode.toString(8)])),
    );
    expect(kept.warnings).toEqual([]);
  });

  it("of the app's directory is the one that is asked for, whatever the source's own is", () => {
    const from = source({ a: 0o644 });
    chmodSync(from, 0o700);
    expect(copy(from).top).toBe("777");
    expect(copy(from, { mode: 0o2755 }).top).toBe("2755");
    expect(copy(from, { keepModes: true }).top).toBe("777");
  });
});

describe("a warning", () => {
  const writable = {
    "data/": 0o775,
    "data/b/": 0o775,
    "log/": 0o1777,
    "tmp/": 0o757,
    "lib/": 0o755,
    a: 0o666,
  };

  it("names the directories that the running app could have written to", () => {
    const { warnings } = copy(source(writable));
    expect(warnings).toMatchObject([{ code: "export/write-dropped" }]);
    expect(warnings[0]?.message).toContain("data, data/b, log and 1 more can be written by group or others");
  });

  it("is not given where the app runs as its owner", () => {
    expect(copy(source(writable), { runsAsOther: false }).warnings).toEqual([]);
  });

  it("names files that only their owner could read", () => {
    const { warnings } = copy(source({ "key.pem": 0o600, a: 0o644 }), { runsAsOther: false });
    expect(warnings).toMatchObject([{ code: "export/made-readable" }]);
    expect(warnings[0]?.message).toContain("Only the owner can read key.pem in the source");
  });

  it("is not given for a file that one more can read, or that does not come along", () => {
    expect(copy(source({ a: 0o640, b: 0o644 })).warnings).toEqual([]);
    expect(copy(source({ "key.pem": 0o600, a: 0o644 }), { exclude: ["*.pem"] }).warnings).toEqual([]);
  });
});
