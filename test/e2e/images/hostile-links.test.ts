import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { traceFiles } from "../../helpers/opened-files.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { runBuild } from "../build-steps.ts";
import { projectText } from "../steps.ts";

const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** The user's: the project must not lead there. */
let own: string;
/** As far as a phase that is quick. */
const target = "--target=detect";

beforeAll(async () => {
  lab = await startLab();
  own = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-own-")));
  // A whole project.toml: a build that read it would succeed.
  const text = projectText(lab, "e2e.hostile-links");
  writeFileSync(join(own, "project.toml"), `# syntax=${inject("toolImage")}\n# SECRET\n${text}`);
  writeFileSync(join(own, "ignore"), "*\n");
  writeFileSync(join(own, "buildpack.toml"), 'api = "0.10"\n[buildpack]\nid = "own/x"\nversion = "1"\n');
});
beforeEach(() => {
  app?.remove();
  app = copySampleApp("procfile");
  rmSync(join(app.directory, "project.toml"));
});
afterAll(async () => {
  app.remove();
  rmSync(own, { recursive: true, force: true });
  await lab.close();
});

const locals = ["--local=context=.", "--local=dockerfile=.", "--opt=filename=project.toml"];
const gateway = () => ["build", "--frontend=gateway.v0", `--opt=source=${inject("toolImage")}`, ...locals];

describe("BuildKit gives a frontend no file behind a project.toml that is a link out of the project:", () => {
  it.each([
    ["our frontend, by buildctl", () => lab.buildctl(gateway(), options()), "[files/dangling-link]"],
    [
      "our frontend, though a builder is named",
      () => lab.buildctl([...gateway(), `--opt=build-arg:CNB_BUILDER=${lab.images.builder}`], options()),
      "[files/dangling-link]",
    ],
    [
      "BuildKit's own, which looks for the `# syntax=` line",
      () => lab.buildctl(["build", "--frontend=dockerfile.v0", ...locals], options()),
      "project.toml: no such file",
    ],
    [
      "buildx",
      () => lab.buildx(["build", "--file=project.toml", "."], options()),
      "project.toml: no such file",
    ],
  ])("%s", async (_, build, says) => {
    symlinkSync(join(own, "project.toml"), join(app.directory, "project.toml"));
    const { exitCode, stdout, stderr } = await build();
    expect(`${stdout}${stderr}`).toContain(says);
    expect(`${stdout}${stderr}`).not.toContain("SECRET");
    expect(exitCode).not.toBe(0);
  });
});

const options = () => ({ cwd: app.directory, reject: false });

it("a link inside the project is followed, by BuildKit as by us", async () => {
  mkdirSync(join(app.directory, "config"));
  writeFileSync(join(app.directory, "config", "app.toml"), projectText(lab, "e2e.hostile-links"));
  symlinkSync("config/app.toml", join(app.directory, "project.toml"));
  const { exitCode, stderr } = await lab.buildctl([...gateway(), "--opt=target=detect"], options());
  expect(exitCode, stderr).toBe(0);
  const ours = await runBuild(lab, app.directory, [target, "--output=type=cacheonly", "."]);
  expect(ours.exitCode, ours.stderr).toBe(0);
});

it("what `--root` allows, or a flag names, is handed to BuildKit", async () => {
  renameSync(app.directory, `${app.directory}-app`);
  mkdirSync(app.directory);
  renameSync(`${app.directory}-app`, join(app.directory, "app"));
  writeFileSync(join(app.directory, "shared.toml"), projectText(lab, "e2e.hostile-links"));
  symlinkSync("../shared.toml", join(app.directory, "app", "project.toml"));
  const build = (...words: readonly string[]) =>
    runBuild(lab, app.directory, [target, "--output=type=cacheonly", ...words, "app"]);
  const refused = await build();
  expect({ exitCode: refused.exitCode, says: refused.stderr.includes("files/outside-project") }).toEqual({
    exitCode: 1,
    says: true,
  });
  for (const words of [["--root=."], ["--file=shared.toml"]]) {
    const { exitCode, stderr } = await build(...words);
    expect(exitCode, stderr).toBe(0);
  }
});

it.each(["buildkit", "buildx"])(
  "a build by %s opens no file that a stranger's project leads to",
  async (engine) => {
    writeFileSync(join(app.directory, "project.toml"), projectText(lab, "e2e.hostile-links"));
    for (const [name, file] of [
      ["project.toml.dockerignore.none", "ignore"],
      ["Dockerfile", "project.toml"],
      [".grype.yaml", "project.toml"],
      ["package.toml", "project.toml"],
      ["buildpack.toml", "buildpack.toml"],
      [".env", "project.toml"],
      ["inner/deep", "project.toml"],
      ["all", ""],
    ] as const) {
      mkdirSync(dirname(join(app.directory, name)), { recursive: true });
      symlinkSync(join(own, file), join(app.directory, name));
    }
    const traced = await traceFiles({
      program: execPath,
      words: ["--", program, "build", `--engine=${engine}`, target, "--output=type=cacheonly", "."],
      cwd: app.directory,
      env: { ...(process.env as Record<string, string>), ...lab.environment, CNB_DOCKERFILE_IMAGE: "" },
    });
    expect(traced.exitCode, traced.output).toBe(0);
    expect(traced.opened.filter((path) => path.startsWith(own))).toEqual([]);
    // What is the project's own was sent.
    expect(traced.opened).toContain(join(realpathSync(app.directory), "Procfile"));
  },
);
