import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installProgram } from "../../helpers/installed-program.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { frontendBuild, writeDescriptor } from "../frontend-steps.ts";
import { addUser } from "../ordinary-user.ts";
import { copyPrograms } from "../release-archives.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";
import { buildOrThrow, edit, generate } from "../steps.ts";
import { addMoves, renamingLines, renamingSteps } from "./renaming-app.ts";

const platforms = ["linux/amd64"];
const run = Date.now();
let lab: Lab;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-renames-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

type Build = (directory: string, id: string) => Promise<string>;

/** Builds the app three times. In: its directory, and what builds it; out of that: its log. */
const buildThrice = (title: string, build: Build) => buildInTurn(title, renamingSteps, build);

/**
 * As `buildThrice`, without the third build: what it adds is that a cache of renamed layers comes back, and a cache mount is a
 * plain directory everywhere. Directories of images are not, and they are renamed in the first build and in the second.
 */
const buildTwice = (title: string, build: Build) => buildInTurn(title, renamingSteps.slice(0, 2), build);

async function buildInTurn(title: string, steps: typeof renamingSteps, build: Build): Promise<void> {
  const directory = join(work, title.replaceAll(/\W/g, "-"));
  const id = `com.example.renames-${title.replaceAll(/\W/g, "-")}-${run}`;
  for (const [index, files] of steps.entries()) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    if (index === 0) await addMoves(directory);
    const log = await build(directory, id);
    expect(log, `build ${index + 1}`).not.toContain("cross-device");
    const lines = log.split("\n").filter((line) => /kept layer|\/[df][0-7]{3} \d+$/.test(line));
    const seen = lines.map((line) =>
      line.replace(/^#\d+ [\d.]+ /, "").replace("/layers/example_renames/kept/", ""),
    );
    expect(seen).toEqual(
      index === 0
        ? []
        : [
            `found a kept layer: ${index}`,
            ...["d000 0", "f000 0", "d200 200", "f200 200", "d311 311", "f311 311"],
          ],
    );
  }
}

/** Up to the stage after which nothing is renamed, by buildx: the images' layers are of no matter here. Out: progress. */
async function buildExport(
  directory: string,
  platform: string,
  env: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<string> {
  const what = [
    "--file=project.toml",
    `--platform=${platform}`,
    "--target=export",
    "--output=type=cacheonly",
  ];
  const all = ["build", "--progress=plain", "--provenance=false", ...what, ...words, "."];
  return (await lab.buildx(all, { cwd: directory, env })).stderr;
}

/** A BuildKit of the build's own, and a result that goes nowhere. In: where its data stays. */
const privateWords = (state: string) => [
  ...["--engine=daemonless", `--state-dir=${state}`, "--progress=plain", "--platform=linux/amd64"],
  ...["--target=export", "--output=type=cacheonly", "."],
];
const noDaemon = { BUILDKIT_HOST: "", BUILDX_BUILDER: "" };

const imageOf = (title: string) => `${lab.registry}/e2e/renames:${title.replaceAll(/\W/g, "-")}-${run}`;

describe("buildpacks and the lifecycle rename directories, builds in turn,", () => {
  it("in a self-contained one", () =>
    buildThrice("self-contained", async (directory, id) => {
      describeProject(lab, directory, id, renamingLines);
      const words = ["--platform=linux/amd64", "--self-contained", `--node-image=${lab.images.node}`];
      const dockerfile = await generate(directory, words);
      return buildOrThrow(lab, { directory, dockerfile, platforms, name: imageOf("self-contained") });
    }));

  it("through the frontend", () =>
    buildThrice("frontend", (directory, id) => {
      writeDescriptor(lab, directory, id, renamingLines);
      return frontendBuild(lab, { context: directory, platforms, name: imageOf("frontend") });
    }));

  it("in a generated Dockerfile, with a builder image whose variables would reach into our program", async () => {
    const context = join(work, "variables-builder");
    const builder = `${lab.registry}/e2e/renames:builder-${run}`;
    mkdirSync(context);
    const lines = ["NODE_OPTIONS=--require=/nowhere.js", "LD_LIBRARY_PATH=/nowhere/lib", 'LD_PRELOAD=""'];
    const dockerfile = [`FROM ${lab.images.builder}`, ...lines.map((line) => `ENV ${line}`), ""].join("\n");
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    const words = ["--provenance=false", `--tag=${builder}`, "--push", "--platform=linux/amd64"];
    await lab.buildx(["build", ...words, "."], { cwd: context });
    const more = `
[[io.buildpacks.group]]
id = "example/variables"
[io.buildpacks.group.script]
api = "0.10"
inline = "env | grep -E '^(NODE_|LD_|CNB_DOCKERFILE)' | sort | sed 's/^/has /'"
`;
    await buildThrice("variables", async (directory, id) => {
      describeProject(lab, directory, id, `${renamingLines}${more}`);
      edit(join(directory, "project.toml"), lab.images.builder, builder);
      const made = await generate(directory, ["--platform=linux/amd64"]);
      const log = await buildOrThrow(lab, {
        directory,
        dockerfile: made,
        platforms,
        name: imageOf("variables"),
      });
      // The buildpacks have them.
      expect(log.match(/has \w+=.*/g)).toEqual(["has LD_LIBRARY_PATH=/nowhere/lib"]);
      return log;
    });
    const { stdout } = await lab.execute(imageOf("variables"), "linux/amd64", { entrypoint: "web" });
    expect(stdout).toBe("3\n");
  });

  it("for an emulated platform, where our program is not emulated", () =>
    buildTwice("emulated", (directory, id) => {
      writeDescriptor(lab, directory, id, renamingLines);
      return buildExport(directory, "linux/arm64", {});
    }));

  it("for a platform that BuildKit emulates by itself, where all of the step is", async () => {
    const emulating = await startSecondBuildkit(lab, { name: "renames-emulating", emulation: "its own" });
    try {
      await buildTwice("self-emulated", (directory, id) => {
        writeDescriptor(lab, directory, id, renamingLines);
        return buildExport(directory, "linux/arm64", emulating.environment);
      });
    } finally {
      await emulating.close();
    }
  });

  it("on the snapshotter native", async () => {
    const native = await startSecondBuildkit(lab, { name: "renames-native", snapshotter: "native" });
    // It copies an image once for each of its layers, and a builder has dozens.
    const builder = `${lab.registry}/e2e/renames:flat-${run}`;
    await lab.crane(["flatten", lab.images.builderAmd64Only, `--tag=${builder}`]);
    try {
      await buildTwice("native", (directory, id) => {
        writeDescriptor(lab, directory, id, renamingLines);
        edit(join(directory, "project.toml"), lab.images.builder, builder);
        return buildExport(directory, "linux/amd64", native.environment);
      });
    } finally {
      await native.close();
    }
  });

  it("without a daemon, as root", () => {
    const directory = join(work, "daemonless-state");
    return buildThrice("daemonless", (app, id) => {
      describeProject(lab, app, id, renamingLines);
      return runBuildOrThrow(lab, app, privateWords(directory), noDaemon);
    });
  });

  it("without a daemon, as an ordinary user: rootless", async () => {
    const place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-rootless-"));
    const user = await addUser();
    try {
      chmodSync(place, 0o755);
      const { node, program } = installProgram(join(place, "installed"));
      cpSync(join(import.meta.dirname, "../../../dist/image"), join(place, "installed/dist/image"), {
        recursive: true,
      });
      await copyPrograms(lab, place);
      const home = join(place, "home");
      mkdirSync(home);
      await execa("chown", [`${user.uid}:${user.uid}`, home]);
      await buildTwice("rootless", async (app, id) => {
        describeProject(lab, app, id, renamingLines);
        // What he builds is his, as a checkout would be.
        const own = join(home, "app");
        await execa("rm", ["-rf", own]);
        await execa("cp", ["-r", app, own]);
        await execa("chown", ["-R", `${user.uid}:${user.uid}`, own]);
        const variables = { ...noDaemon, HOME: home, TMPDIR: home, PATH: `${place}/bin:${process.env.PATH}` };
        const [first = "", ...words] = [
          ...user.prefix,
          node,
          program,
          "build",
          ...privateWords(join(home, "state")),
        ];
        const { exitCode, stderr } = await execa(first, words, {
          ...{ cwd: own, env: { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", ...variables } },
          ...{ reject: false, stdin: "ignore" },
        });
        if (exitCode !== 0) throw new Error(`build ended with ${exitCode}:\n${stderr}`);
        expect(stderr).toContain("rootless");
        return stderr;
      });
    } finally {
      await execa("rm", ["-rf", place]);
      await user.remove();
    }
  });

  it.each(["containerd", "classic"] as const)("in a docker daemon with its %s image store", async (store) => {
    const docker = await lab.docker(store);
    await buildTwice(`docker-${store}`, (directory, id) => {
      writeDescriptor(lab, directory, id, renamingLines);
      return buildExport(directory, "linux/amd64", docker.environment, ["--network=host"]);
    });
  });
});
