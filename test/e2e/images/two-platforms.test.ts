import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, doors, edit, generate, layerDigests } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];

describe.each(Object.entries(doors))("a Node app for two platforms, made by %s,", (door, doorWords) => {
  let lab: Lab;
  let app: ReturnType<typeof copySampleApp>;
  let dockerfile: string;
  let name: string;
  const repository = "e2e/node-web";
  const build = (directory = app.directory) => buildOrThrow(lab, { directory, dockerfile, platforms, name });

  beforeAll(async () => {
    lab = await startLab();
    app = copySampleApp("node-web");
    // This test is about the first build of an app: a source and a cache that no build has seen.
    writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
    // Half as large.
    edit(join(app.directory, "project.toml"), "22.23.3", "14.21.3");
    const words = [
      ...["--builder", lab.images.builder, "--process-type=web", `--cache-id=e2e-${Date.now()}`],
      ...doorWords(),
    ];
    dockerfile = await generate(app.directory, words);
    name = `${lab.registry}/${repository}:${door.replaceAll(" ", "-").toLowerCase()}`;
  });
  afterAll(async () => {
    app.remove();
    await lab.close();
  });

  it("runs each phase as a visible step on each platform", async () => {
    const log = await build();
    for (const platform of platforms) {
      for (const [stage, phase] of [
        ["detect", "detector"],
        ["restore", "restorer"],
        ["build", "builder"],
      ]) {
        expect(log).toMatch(new RegExp(`\\[${platform} ${stage} \\d+/\\d+\\] RUN .*/cnb/lifecycle/${phase}`));
      }
    }
    // Installing comes from the buildpack, not from a cache of an earlier run.
    expect(log.match(/Installing Node\.js/g)).toHaveLength(2);
  });

  it("makes one index with both platforms", async () => {
    const { manifests } = JSON.parse((await lab.crane(["manifest", name])).stdout);
    const found = manifests
      .map(({ platform }: { platform: { os: string; architecture: string } }) => platform)
      // What is attached to the images.
      .filter(({ os }: { os: string }) => os !== "unknown");
    expect(found).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
  });

  it.each([
    ["linux/amd64", "x64"],
    ["linux/arm64", "arm64"],
  ])("starts on %s, answers HTTP and reports its own architecture", async (platform, arch) => {
    const container = await lab.run(name, platform);
    const answer = await (await container.get("/")).json();
    expect(answer).toMatchObject({ arch });
    await container.stop();
  });

  it("gives the image the config that the lifecycle's exporter would", async () => {
    const { config } = JSON.parse((await lab.crane(["config", "--platform=linux/arm64", name])).stdout);
    expect(config).toMatchObject({
      User: "1001:1000",
      WorkingDir: "/workspace",
      Entrypoint: ["/cnb/process/web"],
      Labels: { "io.buildpacks.exec-env": "production", "io.buildpacks.project.metadata": "{}" },
    });
    expect(config.Cmd ?? []).toEqual([]);
    expect(config.Env).toEqual(
      expect.arrayContaining([
        "CNB_LAYERS_DIR=/layers",
        "CNB_APP_DIR=/workspace",
        "CNB_PLATFORM_API=0.15",
        "CNB_DEPRECATION_MODE=quiet",
        "PATH=/cnb/process:/cnb/lifecycle:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ]),
    );
  });

  it("starts the worker when asked for it, and has the npm packages", async () => {
    const { stdout, exitCode } = await lab.execute(name, "linux/amd64", {
      entrypoint: "/cnb/lifecycle/launcher",
      args: ["--", "node", "-e", "console.log(require('ms')('2 days'))"],
    });
    expect({ stdout: stdout.trim(), exitCode }).toEqual({ stdout: "172800000", exitCode: 0 });
  });

  it("restores the cached layers after a source change, and pushes the app's layer alone", async () => {
    const before = await Promise.all(platforms.map((platform) => layerDigests(lab, name, platform)));
    const requests = (await lab.registryRequests(repository)).length;
    edit(join(app.directory, "server.js"), "Hello from", "Hello again from");
    const log = await build();
    expect(log.match(/Restoring data for "lab\/node:node" from cache/g)).toHaveLength(2);
    expect(log.match(/Restoring data for "lab\/node:modules" from cache/g)).toHaveLength(2);
    expect(log.match(/Reusing cached layer 'node'/g)).toHaveLength(2);
    expect(log).not.toMatch(/Installing Node\.js/);

    const after = await Promise.all(platforms.map((platform) => layerDigests(lab, name, platform)));
    for (const [index, digests] of after.entries()) {
      const changed = digests.filter((digest) => !before[index]?.includes(digest));
      expect(changed).toHaveLength(1);
      expect(digests).toHaveLength(before[index]?.length ?? 0);
    }
    // The registry's own log: the app is the same for both platforms, so its layer went up once, and no other layer.
    const uploads = (await lab.registryRequests(repository))
      .slice(requests)
      .filter(({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"));
    const appLayer = after[0]?.find((digest) => !before[0]?.includes(digest)) ?? "";
    const uploaded = uploads.map(({ path }) => decodeURIComponent(/digest=([^&]+)/.exec(path)?.[1] ?? ""));
    expect(uploaded.filter((digest) => after.flat().includes(digest))).toEqual([appLayer]);
    // Beside it two configs, and the two statements that are attached to each image.
    const attached = door === "our frontend" ? 2 * 2 : 0;
    expect(uploaded).toHaveLength(1 + 2 + attached);
  });

  it("answers with the change", async () => {
    const container = await lab.run(name, "linux/amd64");
    expect(await (await container.get("/")).text()).toContain("Hello again from");
    await container.stop();
  });

  it("builds nothing again when an excluded file changes", async () => {
    const before = (await lab.crane(["digest", name])).stdout;
    edit(join(app.directory, "README.md"), "#", "# Changed:");
    const log = await build();
    expect(log).toMatch(/\[linux\/amd64 source 1\/1\]|\[(?:linux\/amd64 )?source \d\/\d\] RUN/);
    expect(log).not.toMatch(/Restoring|Reusing|participating/);
    expect((await lab.crane(["digest", name])).stdout).toBe(before);
  });
});

it("runs no phase again for a patched run image, with the Dockerfile in the repository", async () => {
  const lab = await startLab();
  const app = copySampleApp("procfile");
  try {
    const file = join(app.directory, "Dockerfile");
    const words = (runImage: string) => [
      "--builder",
      lab.images.builder,
      "--run-image",
      runImage,
      "-o",
      file,
    ];
    const build = (name: string) =>
      buildOrThrow(lab, {
        directory: app.directory,
        dockerfile: readFileSync(file, "utf8"),
        platforms: ["linux/amd64"],
        name: `${lab.registry}/e2e/${name}`,
      });
    writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
    // Both under one name: a patched image has its predecessor's.
    const run = `${lab.registry}/e2e/run:12`;
    await lab.crane(["copy", lab.images.runBase, run]);
    await generate(app.directory, words(run));
    expect(await build("patched:before")).toMatch(/buildpacks? participating/);
    const before = await layerDigests(lab, `${lab.registry}/e2e/patched:before`, "linux/amd64");

    await lab.crane(["copy", lab.images.runBasePatched, run]);
    const old = readFileSync(file, "utf8");
    await generate(app.directory, words(run));
    expect(readFileSync(file, "utf8")).not.toBe(old);
    expect(await build("patched:after")).not.toMatch(/participating|Restoring/);
    const after = await layerDigests(lab, `${lab.registry}/e2e/patched:after`, "linux/amd64");
    // The app's layers are the same ones on top of another base.
    expect(after.at(-2)).toBe(before.at(-2));
    expect(after[0] === before[0] && after.length === before.length).toBe(false);

    const { stdout } = await lab.execute(`${lab.registry}/e2e/patched:after`, "linux/amd64", {
      entrypoint: "/cnb/lifecycle/launcher",
      args: ["ls -A"],
    });
    expect(stdout).not.toContain("Dockerfile");
  } finally {
    app.remove();
    await lab.close();
  }
});
