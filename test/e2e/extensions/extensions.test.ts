import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ExtensionImages, makeExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { runBuild, runBuildOrThrow } from "../build-steps.ts";
import { configOf, digestOf, frontendBuild, isWork, ranSteps } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile } from "../steps.ts";
import { type ExtensionApp, extensionFlags, extensionVariables, makeExtensionApp } from "./extension-app.ts";

const platform = "linux/amd64";
const both = ["linux/amd64", "linux/arm64"];
const run = Date.now().toString(36);
let lab: Lab;
let images: ExtensionImages;
const apps: ExtensionApp[] = [];

beforeAll(async () => {
  lab = await startLab();
  images = await makeExtensionImages(lab);
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

function newApp(): ExtensionApp {
  const app = makeExtensionApp(images.builder, `com.example.extending.${apps.length}.${run}`);
  apps.push(app);
  return app;
}

const toolImage = () => inject("toolImage");
const nameOf = (what: string) => `${lab.registry}/e2e/extending-${what}:${run}`;
const all = ["zz-first", "kit", "deletions"];

/** Words of plain buildx by which extensions take part. */
function wordsFor(names: readonly string[], runImage = images.otherRun): string[] {
  const variables = extensionVariables(names, runImage);
  return ["--file=project.toml", ...variables.map((variable) => `--build-arg=${variable}`)];
}

/** The same for our program. */
function flagsFor(names: readonly string[], runImage = images.otherRun): string[] {
  return extensionFlags(names, runImage);
}

function plain(app: ExtensionApp, name: string, names: readonly string[], more: readonly string[] = []) {
  const words = [...wordsFor(names), ...more];
  return frontendBuild(lab, { context: app.directory, platforms: [platform], name, words });
}

/** Steps that an extension's Dockerfile has, by what they run. */
const ofExtensions =
  /RUN .*(lab-build-id|lab-tool|opt\/lab|kit_argument)|COPY .*(folder|Procfile)|ADD folder/;

describe("a build", () => {
  const app = { current: undefined as ExtensionApp | undefined };
  const name = () => nameOf("again");
  const given = () => (app.current ??= newApp());

  it("that changes nothing runs nothing", async () => {
    await plain(given(), name(), all);
    const first = await digestOf(lab, name());
    const ran = ranSteps(await plain(given(), name(), all));
    expect(ran.filter(isWork)).toEqual([]);
    expect(await digestOf(lab, name())).toBe(first);
  });

  it("of another source line runs no step of an extension", async () => {
    writeFileSync(join(given().directory, "app.txt"), "changed\n");
    const ran = ranSteps(await plain(given(), name(), ["zz-first", "kit"]));
    writeFileSync(join(given().directory, "app.txt"), "changed again\n");
    const again = ranSteps(await plain(given(), name(), ["zz-first", "kit"]));
    expect(ran.length).toBeGreaterThan(0);
    expect(again.filter((title) => ofExtensions.test(title))).toEqual([]);
    expect(again.some((title) => title.includes("/cnb/lifecycle/builder"))).toBe(true);
  });

  it("runs them again where that is asked for, once for each time", async () => {
    const steps = async (more: readonly string[]) =>
      ranSteps(await plain(given(), name(), ["kit"], more)).filter((title) => ofExtensions.test(title));
    await steps([]);
    expect(await steps([])).toEqual([]);
    expect((await steps(["--no-cache-filter=extend"])).length).toBeGreaterThan(2);
    expect((await steps([`--build-arg=CNB_EXTENSION_BUILD_ID=monday-${run}`])).length).toBeGreaterThan(0);
    expect(await steps([`--build-arg=CNB_EXTENSION_BUILD_ID=monday-${run}`])).toEqual([]);
  });
});

it("packages that were updated stay so: the next build does not bring the old ones back", async () => {
  const app = newApp();
  const name = nameOf("updated");
  const time = async (more: readonly string[]) => {
    await plain(app, name, ["clock"], more);
    return (await lab.execute(name, platform, { entrypoint: "cat", args: ["/etc/lab-clock"] })).stdout;
  };
  await time([]);
  const updated = await time(["--no-cache-filter=extend"]);
  expect(await time([])).toBe(updated);
});

it("a secret of the project is no reason to refuse a COPY, whose context comes from detection", async () => {
  const app = newApp();
  const words = [...flagsFor(["zz-first", "deletions"]), "--secret=id=LAB_TOKEN,env=LAB_TOKEN"];
  const tagged = [...words, "--tag", nameOf("copies"), "--push"];
  await runBuildOrThrow(lab, app.directory, tagged, { LAB_TOKEN: "hunter2" });
  const seen = { entrypoint: "ls", args: ["/opt/lab"] };
  expect((await lab.execute(nameOf("copies"), platform, seen)).stdout.split("\n")).toContain("Procfile");
});

describe("what is the client's does not reach an extension:", () => {
  it.each([
    ["a secret", "asks-secret", ["--secret", "id=token,env=LAB_TOKEN"]],
    ["the ssh agent", "asks-ssh", []],
  ])("%s", async (what, extension, more) => {
    const app = newApp();
    const words = [...flagsFor([extension]), ...more, "--tag", nameOf("asks")];
    const { stderr, exitCode } = await runBuild(lab, app.directory, words, { LAB_TOKEN: "hunter2" });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("[frontend/extension-forbidden]");
    expect(stderr).toContain(`lab/${extension} asks for ${what === "a secret" ? what : "an ssh agent"}`);
    expect(stderr).not.toContain("hunter2");
  });

  it("the caches of another scope", async () => {
    const app = newApp();
    const seen = async (scope: string) => {
      const words = [...flagsFor(["asks-cache"]), "--tag", nameOf("scope"), "--push"];
      const again = ["--build-arg", `CNB_EXTENSION_BUILD_ID=${scope}`];
      await runBuildOrThrow(lab, app.directory, [...words, ...again, "--cache-scope", scope]);
      return (await lab.execute(nameOf("scope"), platform, { entrypoint: "cat", args: ["/etc/lab-cache"] }))
        .stdout;
    };
    expect((await seen(`a${run}`)).trim().split("\n")).toHaveLength(1);
    expect((await seen(`b${run}`)).trim().split("\n")).toHaveLength(1);
  });
});

it("the target `extend-run` is the run image as extensions have changed it", async () => {
  const app = newApp();
  await plain(app, nameOf("target"), ["switch-extend"], ["--target=extend-run"]);
  const { stdout } = await lab.execute(nameOf("target"), platform, {
    entrypoint: "cat",
    args: ["/etc/lab-other", "/etc/lab-chosen"],
  });
  expect(stdout).toBe("another run image\nchosen\n");
});

describe("the same image", () => {
  const digest = async (name: string) => (await configOf(lab, name, platform)).rootfs.diff_ids;

  it("comes from plain buildx, from `build`, and from another BuildKit", async () => {
    const app = newApp();
    await plain(app, nameOf("buildx"), all);
    await runBuildOrThrow(lab, app.directory, [...flagsFor(all), "--tag", nameOf("build"), "--push"]);
    const other = await startSecondBuildkit(lab, { name: "extensions" });
    try {
      const words = [...flagsFor(all), "--tag", nameOf("other"), "--push", "--no-cache"];
      await runBuildOrThrow(lab, app.directory, words, other.environment);
    } finally {
      await other.close();
    }
    const oldest = await startSecondBuildkit(lab, { name: "extensions-oldest", program: "buildkitd-oldest" });
    try {
      for (const [what, names] of [
        ["oldest", all],
        ["oldest-none", []],
      ] as const) {
        const words = [...flagsFor(names), "--tag", nameOf(what), "--push"];
        await runBuildOrThrow(lab, app.directory, words, oldest.environment);
      }
    } finally {
      await oldest.close();
    }
    const layers = await digest(nameOf("buildx"));
    expect(layers).toHaveLength(12);
    expect(await digest(nameOf("build"))).toEqual(layers);
    expect(await digest(nameOf("other"))).toEqual(layers);
    const manifest = await digestOf(lab, nameOf("buildx"), platform);
    expect(await digestOf(lab, nameOf("build"), platform)).toBe(manifest);
    expect(await digestOf(lab, nameOf("other"), platform)).toBe(manifest);
  });

  it("is made where the builder has extensions and none takes part, as by a builder without", async () => {
    const app = newApp();
    await plain(app, nameOf("none"), []);
    const { stderr, exitCode } = await runBuild(lab, app.directory, [
      ...["--tag", nameOf("refused"), "--push", "--extensions-policy", "refuse"],
    ]);
    expect([exitCode, stderr]).toMatchObject([0, expect.anything()]);
    expect(await digestOf(lab, nameOf("refused"), platform)).toBe(
      await digestOf(lab, nameOf("none"), platform),
    );
  });
});

describe("an extension like that of Paketo's builders for UBI", () => {
  it("installs a package and chooses a run image for both platforms, and nothing is installed twice", async () => {
    const app = makeExtensionApp(images.ubiBuilder, `com.example.ubi.${run}`);
    apps.push(app);
    const name = nameOf("ubi");
    const context = `paketobuildpacks/run-nodejs-22-ubi9-base=docker-image://${images.otherRun}`;
    const words = ["--file=project.toml", `--build-context=${context}`];
    const build = (...more: readonly string[]) =>
      frontendBuild(lab, { context: app.directory, platforms: both, name, words: [...words, ...more] });
    // A run before this one has left the steps in BuildKit's cache: they are those of any app.
    const first = ranSteps(await build("--no-cache-filter=extend"));
    expect(first.filter((title) => title.includes("microdnf")).length).toBe(2);
    for (const one of both) {
      const seen = await lab.execute(name, one, {
        entrypoint: "cat",
        args: ["/layers/lab_extended/seen/seen"],
      });
      const machine = one === platform ? "x86_64" : "aarch64";
      expect(seen.stdout).toContain(`installed by microdnf on ${machine}`);
      expect(seen.stdout).toContain("distribution debian 13");
      const { config, history } = await configOf(lab, name, one);
      expect(JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"] ?? "").runImage.image).toBe(
        "paketobuildpacks/run-nodejs-22-ubi9-base",
      );
      expect(config.Labels).not.toHaveProperty(["io.buildpacks.rebasable"]);
      expect(history.some(({ created_by: by = "" }) => by.includes("extension"))).toBe(false);
    }
    writeFileSync(join(app.directory, "app.txt"), "changed\n");
    expect(
      ranSteps(await build()).filter((title) => /microdnf|uid:gid|echo [0-9a-f-]{36}/.test(title)),
    ).toEqual([]);
  });
});

describe("two platforms", () => {
  it("each get their own, and one that no extension takes part in gets none", async () => {
    const app = newApp();
    // The variable is one for both; the extension looks at the architecture.
    const words = [...wordsFor(["zz-first", "kit", "amd64-only"])];
    await frontendBuild(lab, { context: app.directory, platforms: both, name: nameOf("both"), words });
    const [amd64, arm64] = await Promise.all(both.map((one) => configOf(lab, nameOf("both"), one)));
    const extensions = (config: typeof amd64) =>
      (config?.history ?? []).flatMap(({ created_by: by = "" }) => /extension: (\S+)/.exec(by)?.[1] ?? []);
    expect(extensions(amd64)).toEqual(["lab/zz-first", "lab/amd64-only"]);
    expect(extensions(arm64)).toEqual(["lab/zz-first"]);
    const seen = await lab.execute(nameOf("both"), "linux/arm64", {
      entrypoint: "cat",
      args: ["/layers/lab_extended/seen/seen"],
    });
    expect(seen.stdout).toContain("lab tool with");
  });

  it("are refused by name where a chosen run image has only one of them", async () => {
    const app = newApp();
    const words = wordsFor(["switch"], images.otherRunAmd64Only);
    const failed = frontendBuild(lab, { context: app.directory, platforms: both, name: nameOf("x"), words });
    await expect(failed).rejects.toThrow(
      /image extension lab\/switch chooses the run image \S+run-other:amd64-only, which does not exist for linux\/arm64\. \[frontend\/extension-run-image-missing\]/,
    );
  });
});

it("other tools take the image: pack inspects and rebases it, and so do we", async () => {
  const app = newApp();
  const name = nameOf("tools");
  await plain(app, name, ["zz-first", "deletions"]);
  const { environment } = await lab.docker();
  const { stdout } = await lab.pack(["inspect", name, "--output=json"], { env: environment });
  const { remote_info: info } = JSON.parse(stdout);
  expect(info.rebasable).toBe(true);
  const before = await configOf(lab, name, platform);
  const own = before.rootfs.diff_ids.slice(-10);
  const words = ["rebase", name, "--run-image", images.otherRun, "--force", "--check"];
  const checked = await cnbDockerfile(app.directory, words, lab.environment);
  expect(checked.exitCode).toBe(0);
  // It is of another distribution on purpose.
  expect(checked.stderr.match(/\[\S+\]/g)).toEqual(["[rebase/other-target]", "[rebase/other-run-image]"]);
  await lab.pack(["rebase", name, "--publish", `--run-image=${images.otherRun}`, "--force"], {
    env: environment,
  });
  const after = await configOf(lab, name, platform);
  expect(after.rootfs.diff_ids.slice(-10)).toEqual(own);
  const shown = await lab.execute(name, platform, {
    entrypoint: "cat",
    args: ["/opt/lab/kept/one", "/etc/lab-other"],
  });
  expect(shown.stdout).toBe("one\nanother run image\n");
});

it("what a step leaves in the directories of the app, the layers and the platform is gone", async () => {
  const app = newApp();
  await plain(app, nameOf("leaves"), ["leaves"]);
  const { stdout } = await lab.execute(nameOf("leaves"), platform, {
    entrypoint: "cat",
    args: ["/layers/lab_extended/seen/seen"],
  });
  expect(stdout).not.toContain("left");
});

describe("is refused with the extension's name:", () => {
  it.each([
    ["one after which the image would start as root", "ends-as-root", [], "frontend/extension-ends-as-root"],
    ["one whose step fails", "failing", [], "frontend/extension-failed"],
    ["one whose FROM line is empty", "odd-base", [], "frontend/extension-empty-from"],
    [
      "any, under the policy refuse",
      "zz-first",
      ["--extensions-policy=refuse"],
      "frontend/extension-refused",
    ],
  ])("%s", async (_, extension, more, code) => {
    const app = newApp();
    const words = [...flagsFor([extension]), ...more, "--tag", nameOf("refused")];
    const { stderr, exitCode } = await runBuild(lab, app.directory, words);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toMatch(new RegExp(`lab[/_]${extension}`));
  });
});

it("steps of extensions have no network where none is wanted", async () => {
  const app = newApp();
  const words = [...flagsFor(["network"]), "--tag", nameOf("network"), "--push"];
  await runBuildOrThrow(lab, app.directory, [...words, "--extensions-network=none"]);
  const { stdout } = await lab.execute(nameOf("network"), platform, {
    entrypoint: "cat",
    args: ["/etc/lab-interfaces"],
  });
  expect(stdout.trim()).toBe("lo");
});

describe("a generated Dockerfile", () => {
  const file = async (app: ExtensionApp, names: readonly string[], more: readonly string[]) => {
    const words = ["generate", ...flagsFor(names), ...more, "-o", join(app.directory, "Dockerfile")];
    return cnbDockerfile(app.directory, words);
  };

  it("is not made without our frontend's line, which the message names", async () => {
    const { stderr, exitCode } = await file(newApp(), [], []);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("[plan/extensions-and-file]");
    expect(stderr).toContain("--syntax");
  });

  it("with that line gives the same image as the project", async () => {
    const app = newApp();
    await plain(app, nameOf("project"), ["switch", "kit"]);
    expect(await file(app, ["switch", "kit"], [`--syntax=${toolImage()}`])).toMatchObject({ exitCode: 0 });
    const words = ["--file=Dockerfile"];
    await frontendBuild(lab, {
      ...{ context: app.directory, platforms: [platform], name: nameOf("file"), words },
    });
    const [one, other] = await Promise.all(
      ["project", "file"].map((what) => configOf(lab, nameOf(what), platform)),
    );
    expect(other?.rootfs.diff_ids.length).toBe(one?.rootfs.diff_ids.length);
    expect(other?.config.Labels["io.buildpacks.lifecycle.metadata"]).toContain(images.otherRun);
  });

  it("fails under another frontend where an extension takes part, and only there", async () => {
    const app = newApp();
    await file(app, ["kit"], [`--syntax=${toolImage()}`]);
    // Without the line, BuildKit's own frontend reads the file.
    const text = readFileSync(join(app.directory, "Dockerfile"), "utf8").replace(/^# syntax=.*\n/, "");
    writeFileSync(join(app.directory, "Dockerfile"), text);
    const context = { context: app.directory, platforms: [platform], words: ["--file=Dockerfile"] };
    await expect(frontendBuild(lab, { ...context, name: nameOf("alone") })).rejects.toThrow(
      /export\/extensions-take-part/,
    );
  });
});
