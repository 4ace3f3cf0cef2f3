import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());
beforeEach(() => {
  app = copySampleApp("procfile");
});
afterEach(() => app.remove());

function write(path: string, text = path): void {
  const file = join(app.directory, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
}

function describeProject(lines: string): void {
  write("project.toml", `[_]\nschema-version = "0.2"\nid = "e2e.source"\n\n[io.buildpacks]\n${lines}`);
}

/** Builds the app and lists what is in its workspace. */
async function workspace(words: readonly string[] = []): Promise<string[]> {
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builder, ...words]);
  const name = `${lab.registry}/e2e/source:${Date.now()}`;
  await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: [platform], name });
  const { stdout } = await lab.execute(name, platform, {
    entrypoint: "/cnb/lifecycle/launcher",
    args: ["find . -mindepth 1 -printf '%M %P\\n' 2>/dev/null || ls -1AR"],
  });
  return stdout.trim().split("\n").sort();
}

describe("what reaches the workspace", () => {
  it("is everything but .git when project.toml says nothing", async () => {
    await execa("git", ["init", "--quiet"], { cwd: app.directory });
    write("docs/a.md");
    const names = (await workspace()).join("\n");
    expect(names).toMatch(/docs/);
    expect(names).toMatch(/project\.toml/);
    expect(names).not.toMatch(/\.git\b/);
  });

  it("has .git when that is asked for", async () => {
    await execa("git", ["init", "--quiet"], { cwd: app.directory });
    expect((await workspace(["--keep-git-dir"])).join("\n")).toMatch(/\.git\b/);
  });

  it("is what exclude leaves, and always the descriptor", async () => {
    describeProject('exclude = ["*.md", "project.toml", "/secret"]');
    write("a.md");
    write("deep/b.md");
    write("deep/c.txt");
    write("secret/key");
    write("deep/secret");
    const names = (await workspace()).join("\n");
    expect(names).not.toMatch(/a\.md|b\.md|\bkey\b/);
    expect(names).toMatch(/c\.txt/);
    expect(names).toMatch(/project\.toml/);
  });

  it("is what include names, and the descriptor", async () => {
    describeProject('include = ["Procfile", "src/"]');
    write("src/main.txt");
    write("other.txt");
    const names = (await workspace()).join("\n");
    expect(names).toMatch(/main\.txt/);
    expect(names).toMatch(/project\.toml/);
    expect(names).not.toMatch(/other\.txt/);
  });

  it("lacks what .dockerignore keeps from BuildKit, even where include names it", async () => {
    describeProject('include = ["Procfile", "kept.txt", "ignored.txt"]');
    write("kept.txt");
    write("ignored.txt");
    write(".dockerignore", "ignored.txt\n");
    const names = (await workspace()).join("\n");
    expect(names).toMatch(/kept\.txt/);
    expect(names).not.toMatch(/ignored\.txt/);
  });

  it("keeps executables and links, and takes away what group and others could write", async () => {
    write("run.sh");
    chmodSync(join(app.directory, "run.sh"), 0o775);
    write("shared.txt");
    chmodSync(join(app.directory, "shared.txt"), 0o666);
    symlinkSync("shared.txt", join(app.directory, "link"));
    symlinkSync("nowhere", join(app.directory, "dangling"));
    const dockerfile = await generate(app.directory, ["--builder", lab.images.builder]);
    const name = `${lab.registry}/e2e/source-modes:1`;
    await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: [platform], name });
    const { stdout } = await lab.execute(name, platform, {
      entrypoint: "/cnb/lifecycle/launcher",
      args: ["stat --format '%A %u:%g %N' run.sh shared.txt link dangling"],
    });
    expect(stdout.trim().split("\n")).toEqual([
      "-rwxr-xr-x 1001:1000 'run.sh'",
      "-rw-r--r-- 1001:1000 'shared.txt'",
      "lrwxrwxrwx 1001:1000 'link' -> 'shared.txt'",
      "lrwxrwxrwx 1001:1000 'dangling' -> 'nowhere'",
    ]);
  });
});
