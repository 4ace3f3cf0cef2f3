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

/** Builds the app three times. In: its directory, and what builds it; out of that: its log. */
async function buildThrice(
  title: string,
  build: (directory: string, id: string) => Promise<string>,
): Promise<void> {
  const directory = join(work, title.replaceAll(/\W/g, "-"));
  const id = `com.example.renames-${title.replaceAll(/\W/g, "-")}-${run}`;
  for (const [index, files] of renamingSteps.entries()) {
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

/** A BuildKit of the build's own, and a result that goes nowhere. In: where its data stays. */
const privateWords = (state: string) => [
  ...["--engine=daemonless", `--state-dir=${state}`, "--progress=plain", "--platform=linux/amd64"],
  ...["--output=type=cacheonly", "."],
];
const noDaemon = { BUILDKIT_HOST: "", BUILDX_BUILDER: "" };

const imageOf = (title: string) => `${lab.registry}/e2e/renames:${title.replaceAll(/\W/g, "-")}-${run}`;

describe("buildpacks and the lifecycle rename directories, three builds in turn,", () => {
  it("in a generated Dockerfile", async () => {
    const title = "generated";
    await buildThrice(title, async (directory, id) => {
      describeProject(lab, directory, id, renamingLines);
      const dockerfile = await generate(directory, ["--platform=linux/amd64"]);
      return buildOrThrow(lab, { directory, dockerfile, platforms, name: imageOf(title) });
    });
    const { stdout } = await lab.execute(imageOf(title), "linux/amd64", { entrypoint: "web" });
    expect(stdout).toBe("3\n");
  });

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

  it("by our command", () =>
    buildThrice("command", (directory, id) => {
      describeProject(lab, directory, id, renamingLines);
      return runBuildOrThrow(lab, directory, ["--progress=plain", `--tag=${imageOf("command")}`, "--push"]);
    }));

  it("with a builder image whose variables would reach into our program, and which the buildpacks have", async () => {
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
      expect(log.match(/has \w+=.*/g)).toEqual(["has LD_LIBRARY_PATH=/nowhere/lib"]);
      return log;
    });
  });

  it("for an emulated platform, where our program is not emulated", () =>
    buildThrice("emulated", (directory, id) => {
      writeDescriptor(lab, directory, id, renamingLines);
      return frontendBuild(lab, {
        context: directory,
        platforms: ["linux/arm64"],
        name: imageOf("emulated"),
      });
    }));

  it("for a platform that BuildKit emulates by itself, where all of the step is", async () => {
    const emulating = await startSecondBuildkit(lab, { name: "renames-emulating", emulation: "its own" });
    try {
      await buildThrice("self-emulated", (directory, id) => {
        writeDescriptor(lab, directory, id, renamingLines);
        return frontendBuild(lab, {
          ...{ context: directory, platforms: ["linux/arm64"], name: imageOf("self-emulated") },
          env: emulating.environment,
        });
      });
    } finally {
      await emulating.close();
    }
  });

  it("on the snapshotter native", async () => {
    const native = await startSecondBuildkit(lab, { name: "renames-native", snapshotter: "native" });
    try {
      await buildThrice("native", (directory, id) => {
        writeDescriptor(lab, directory, id, renamingLines);
        return frontendBuild(lab, {
          ...{ context: directory, platforms, name: imageOf("native"), env: native.environment },
        });
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
      await buildThrice("rootless", async (app, id) => {
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
    await buildThrice(`docker-${store}`, async (directory, id) => {
      writeDescriptor(lab, directory, id, renamingLines);
      const words = ["build", "--progress=plain", "--provenance=false", "--network=host", "--load"];
      const what = ["--file=project.toml", "--platform=linux/amd64", "--tag=e2e/renames", "."];
      return (await lab.buildx([...words, ...what], { cwd: directory, env: docker.environment })).stderr;
    });
  });
});
