import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, cnbDockerfile, layerDigests } from "../steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-clones-"));
  const git = (...words: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: app.directory });
  await git("init", "--quiet", "--initial-branch=main");
  // Nothing but git tells this app from others.
  await git("rm", "--quiet", "--cached", "--ignore-unmatch", "project.toml");
  rmSync(join(app.directory, "project.toml"));
  await git("add", ".");
  await git("commit", "--quiet", "--message=app");
});
afterAll(async () => {
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

/** Clones the app as somebody with other settings would. */
async function clone(directory: string, umask: string, remote: string): Promise<string> {
  const target = join(parent, directory);
  await execa("sh", ["-c", `umask ${umask}; git clone --quiet "$1" "$2"`, "sh", app.directory, target]);
  await execa("git", ["remote", "set-url", "origin", remote], { cwd: target });
  return target;
}

it("makes the same Dockerfile and the same layers from any clone", async () => {
  const clones = [
    {
      directory: await clone("a", "022", "https://example.com/acme/app.git"),
      env: { TZ: "UTC", LC_ALL: "C" },
    },
    {
      directory: await clone("b with blanks", "002", "git@example.com:acme/app"),
      env: { TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" },
    },
  ];
  const files: string[] = [];
  const layers: string[][] = [];
  for (const { directory, env } of clones) {
    const words = ["generate", "--builder", lab.images.builder, "-o", "Dockerfile"];
    const { exitCode, stderr } = await cnbDockerfile(directory, words, env);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    files.push(readFileSync(join(directory, "Dockerfile"), "utf8"));
    expect(existsSync(join(directory, "Dockerfile.dockerignore"))).toBe(true);
    const name = `${lab.registry}/e2e/clone:${files.length}`;
    // Nothing of the first clone's build may answer for the second.
    await buildOrThrow(lab, {
      directory,
      dockerfile: files[0] ?? "",
      platforms: [platform],
      name,
      words: ["--no-cache"],
    });
    layers.push(await layerDigests(lab, name, platform));
  }
  expect(files[1]).toBe(files[0]);
  expect(layers[1]).toEqual(layers[0]);
});

it("tells two apps of one repository apart, and two repositories with the same files", async () => {
  const id = async (directory: string) => {
    const { stdout } = await cnbDockerfile(directory, ["generate", "--builder", lab.images.builder]);
    return /id=cnb-dockerfile\/([^/]+)\//.exec(stdout)?.[1];
  };
  const one = await clone("one", "022", "https://example.com/acme/one.git");
  const other = await clone("other", "022", "https://example.com/acme/other.git");
  await execa("cp", ["-r", "Procfile", "-t", "."], { cwd: one, reject: false });
  await execa("sh", ["-c", "mkdir sub && cp Procfile sub/"], { cwd: one });
  const ids = await Promise.all([id(one), id(other), id(join(one, "sub"))]);
  expect(ids.every((value) => value !== undefined)).toBe(true);
  expect(new Set(ids).size).toBe(3);
});
