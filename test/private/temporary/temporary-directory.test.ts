import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeTemporaryDirectory } from "../../../src/private/temporary/temporary-directory.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { endedProcess } from "../../helpers/ended-process.ts";

let parent: string;
beforeEach(() => {
  parent = temporaryDirectory();
  vi.stubEnv("TMPDIR", parent);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Name of a directory as a process of this system would make it. */
async function nameBy(change: { pid?: number; start?: number; system?: string } = {}): Promise<string> {
  const elsewhere = temporaryDirectory();
  vi.stubEnv("TMPDIR", elsewhere);
  const made = makeTemporaryDirectory("git");
  vi.stubEnv("TMPDIR", parent);
  made.remove();
  const [, owner = ""] = /-git-([^-]*)-/.exec(basename(made.path)) ?? [];
  const [pid, start, system] = owner.split(".");
  return `cnb-dockerfile-git-${change.pid ?? pid}.${change.start ?? start}.${change.system ?? system}-abcdef`;
}

function put(name: string, mode = 0o700): string {
  const path = join(parent, name);
  mkdirSync(join(path, "tree"), { recursive: true });
  writeFileSync(join(path, "tree", "file"), "");
  chmodSync(path, mode);
  return path;
}

describe("a directory of a run that has ended is removed by the next", () => {
  it.each(["build", "container", "frontend", "git", "module", "source"] as const)("for %s", async (kind) => {
    const name = (await nameBy({ pid: endedProcess() })).replace("-git-", `-${kind}-`);
    const path = put(name);
    makeTemporaryDirectory("git").remove();
    expect(existsSync(path)).toBe(false);
  });

  it("where its process number is another process's by now", async () => {
    const path = put(await nameBy({ start: 1 }));
    makeTemporaryDirectory("git").remove();
    expect(existsSync(path)).toBe(false);
  });

  it("where a directory in it can be entered by nobody", async () => {
    const path = put(await nameBy({ pid: endedProcess() }));
    chmodSync(join(path, "tree"), 0);
    makeTemporaryDirectory("git").remove();
    expect(existsSync(path)).toBe(false);
  });

  it("of another system, only after a week", async () => {
    const path = put(await nameBy({ system: "0123456789abcdef" }));
    makeTemporaryDirectory("git").remove();
    expect(existsSync(path)).toBe(true);
    const old = new Date(Date.now() - 8 * 24 * 3600_000);
    utimesSync(path, old, old);
    // Each process looks once into a parent.
    vi.resetModules();
    const { makeTemporaryDirectory: another } = await import(
      "../../../src/private/temporary/temporary-directory.ts"
    );
    another("git").remove();
    expect(existsSync(path)).toBe(false);
  });
});

describe("what may be somebody else's stays", () => {
  it("a directory of a run that goes on", async () => {
    const path = put(await nameBy());
    makeTemporaryDirectory("git").remove();
    expect(existsSync(path)).toBe(true);
  });

  it("a directory that others may enter, a file, a link, and what has another name", async () => {
    const pid = endedProcess();
    const name = await nameBy({ pid });
    const kept = temporaryDirectory();
    writeFileSync(join(kept, "file"), "");
    put(name, 0o755);
    writeFileSync(join(parent, name.replace("-git-", "-source-")), "");
    symlinkSync(kept, join(parent, name.replace("-git-", "-build-")));
    put(name.replace("-git-", "-git2-"));
    put("cnb-dockerfile-git-abcdef");
    const before = readdirSync(parent);
    makeTemporaryDirectory("git").remove();
    expect(readdirSync(parent)).toEqual(before);
    expect(readdirSync(kept)).toEqual(["file"]);
  });

  it("what a link in an old directory leads to", async () => {
    const kept = temporaryDirectory();
    writeFileSync(join(kept, "file"), "");
    chmodSync(kept, 0o755);
    const path = put(await nameBy({ pid: endedProcess() }));
    symlinkSync(kept, join(path, "tree", "link"));
    chmodSync(join(path, "tree"), 0);
    makeTemporaryDirectory("git").remove();
    expect({ left: existsSync(path), kept: readdirSync(kept) }).toEqual({ left: false, kept: ["file"] });
    expect(statSync(kept).mode & 0o777).toBe(0o755);
  });
});

it("nobody else can enter a new one", () => {
  const { path, remove } = makeTemporaryDirectory("source");
  expect(statSync(path).mode & 0o777).toBe(0o700);
  remove();
  expect(readdirSync(parent)).toEqual([]);
});
