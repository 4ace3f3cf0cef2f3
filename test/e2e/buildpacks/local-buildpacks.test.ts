import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { writeDescriptor } from "../frontend-steps.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
const run = Date.now();

let lab: Lab;
/** Holds the apps, and beside them the buildpack as a directory and as an archive. */
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-local-buildpacks-"));
  for (const name of ["added", "added.tgz", "added-linux-amd64.cnb"]) {
    cpSync(join(lab.modules.directory, name), join(parent, name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
});
afterAll(async () => {
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

function makeApp(name: string): string {
  const directory = join(parent, `app-${name}`);
  mkdirSync(directory);
  writeFileSync(join(directory, "Procfile"), "web: lab-added\n");
  return directory;
}

/** What the image says of the layers that buildpacks made for it: `id: layer layer`. */
async function layersOf(reference: string): Promise<string[]> {
  const { stdout } = await lab.crane(["config", `--platform=${platform}`, reference]);
  const { config } = JSON.parse(stdout) as { config: { Labels: Record<string, string> } };
  const label = JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}") as {
    buildpacks: { key: string; layers: Record<string, { sha: string }> }[];
  };
  return label.buildpacks.map(({ key, layers }) => `${key}: ${Object.keys(layers).join(" ")}`);
}

const nameOf = (door: string) => `${lab.registry}/e2e/local-buildpacks-${door}:${run}`;

describe("a buildpack outside of the project makes its layer", () => {
  it.each(["added", "added.tgz", "added-linux-amd64.cnb"])("with `build`: %s", async (file) => {
    const door = `build-${file}`;
    const app = makeApp(door);
    describeProject(lab, app, `com.example.${door}`);
    const words = [
      `--platform=${platform}`,
      "--buildpack",
      `../${file}`,
      `--tag=${nameOf(door)}`,
      "--push",
      ".",
    ];
    await runBuildOrThrow(lab, app, words);
    expect(await layersOf(nameOf(door))).toEqual(["lab/added: added"]);
  });

  it("with plain buildx, as a directory and as an archive in one", async () => {
    const app = makeApp("buildx");
    writeDescriptor(lab, app, "com.example.local-buildpacks-buildx");
    const name = nameOf("buildx");
    const words = (locator: string, ...more: readonly string[]) => [
      ...["build", "--file=project.toml", `--platform=${platform}`, `--tag=${name}`, "--push"],
      ...[`--build-arg=CNB_BUILDPACKS=${locator}`, ...more, "."],
    ];
    await lab.buildx(words("context://local-buildpack-1", "--build-context=local-buildpack-1=../added"), {
      cwd: app,
    });
    expect(await layersOf(name)).toEqual(["lab/added: added"]);

    const archives = join(parent, "archives");
    mkdirSync(archives);
    cpSync(join(parent, "added.tgz"), join(archives, "added.tgz"));
    const context = `--build-context=local-buildpack-1=${archives}`;
    await lab.buildx(words("context://local-buildpack-1/added.tgz", context), { cwd: app });
    expect(await layersOf(name)).toEqual(["lab/added: added"]);

    const missing = await lab.buildx(words("context://local-buildpack-1"), { cwd: app, reject: false });
    expect(missing.stderr).toContain("--build-context local-buildpack-1=DIRECTORY");
  });

  it.each(["added", "added.tgz"])("with a generated file, by the command at its top: %s", async (file) => {
    const door = `generated-${file}`;
    const app = makeApp(door);
    describeProject(lab, app, `com.example.${door}`);
    const dockerfile = await generate(app, ["--buildpack", `../${file}`]);
    const [, context = ""] = /^# +docker buildx build .*(--build-context \S+)/m.exec(dockerfile) ?? [];
    const words = context.replace("=..", `=${parent}`).split(" ");
    await buildOrThrow(lab, { directory: app, dockerfile, platforms: [platform], name: nameOf(door), words });
    const { stdout } = await lab.crane(["export", `--platform=${platform}`, nameOf(door), "-"]);
    expect(stdout).toContain("layers/lab_added/added");
  });
});

describe("a buildpack that project.toml names below the root makes its layer", () => {
  function makeMonorepo(name: string, uri: string): { readonly root: string; readonly app: string } {
    const root = join(parent, `mono-${name}`);
    const app = join(root, "services/cart");
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, "Procfile"), "web: lab-added\n");
    mkdirSync(join(root, "buildpacks"));
    for (const file of ["added", "added.tgz"]) {
      cpSync(join(parent, file), join(root, "buildpacks", file), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    describeProject(lab, app, `com.example.mono-${name}`, `\n[[io.buildpacks.group]]\nuri = "${uri}"\n`);
    return { root, app };
  }

  it.each(["added", "added.tgz"])("with `build`: %s", async (file) => {
    const { root } = makeMonorepo(`build-${file}`, `../../buildpacks/${file}`);
    const name = nameOf(`mono-${file}`);
    const words = [`--platform=${platform}`, "--root=.", `--tag=${name}`, "--push", "services/cart"];
    await runBuildOrThrow(lab, root, words);
    expect(await layersOf(name)).toEqual(["lab/added: added"]);
  });

  it("with a generated file, by the command at its top", async () => {
    const { root, app } = makeMonorepo("generated", "../../buildpacks/added");
    const dockerfile = await generate(app, ["--root", root]);
    const name = nameOf("mono-generated");
    expect(dockerfile).toContain("--build-context local-buildpack-1=../../buildpacks/added ");
    const words = ["--build-context", `local-buildpack-1=${join(root, "buildpacks/added")}`];
    await buildOrThrow(lab, { directory: app, dockerfile, platforms: [platform], name, words });
    const { stdout } = await lab.crane(["export", `--platform=${platform}`, name, "-"]);
    expect(stdout).toContain("layers/lab_added/added");
  });
});

it("a link of it leads nowhere on this machine", async () => {
  const app = makeApp("links");
  const linked = join(parent, "linked");
  mkdirSync(linked);
  symlinkSync("../added/buildpack.toml", join(linked, "buildpack.toml"));
  describeProject(lab, app, "com.example.local-buildpacks-links");
  const { exitCode, stderr } = await runBuild(lab, app, ["--buildpack", "../linked", "."]);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("[modules/link-outside-handed]")]);
  // So it is where nobody looks before BuildKit does.
  writeDescriptor(lab, app, "com.example.local-buildpacks-links");
  const words = [
    "--build-arg=CNB_BUILDPACKS=context://local-buildpack-1",
    `--build-context=local-buildpack-1=${linked}`,
  ];
  const build = ["build", "--file=project.toml", `--platform=${platform}`, ...words, "."];
  const frontend = await lab.buildx(build, { cwd: app, reject: false });
  expect(frontend.stderr).toContain("[modules/link-outside-handed]");
});

it("programs with the line ends of Windows are named before detection", async () => {
  const app = makeApp("windows");
  writeDescriptor(lab, app, "com.example.local-buildpacks-windows");
  const windows = join(parent, "windows");
  cpSync(join(parent, "added"), windows, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(windows, "bin/detect"), "#!/bin/sh\r\nexit 0\r\n");
  const words = [
    "--build-arg=CNB_BUILDPACKS=context://local-buildpack-1",
    `--build-context=local-buildpack-1=${windows}`,
  ];
  const build = ["build", "--file=project.toml", `--platform=${platform}`, ...words, "."];
  const { stderr } = await lab.buildx(build, { cwd: app, reject: false });
  expect(stderr).toContain("[modules/windows-line-ends]");
  expect(stderr).toContain("context://local-buildpack-1/bin/detect");
});
