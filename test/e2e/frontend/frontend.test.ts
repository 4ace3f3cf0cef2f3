import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, digestOf, frontendBuild, predictedDigests, writeDescriptor } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const group = ["lab/sboms", "lab/slices", "lab/procfile"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;
let repository: string;
let git: GitServer;
let files: FileServer;
/** Index digest of the first build, which all others have to have. */
let first: readonly string[];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-frontend-"));
  // Layers of each kind, and bills of materials; what Node's layers would add is in two-platforms.test.ts.
  const groups = group.map((id) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`).join("");
  writeDescriptor(lab, app.directory, "com.example.frontend", `exclude = ["README.md"]\n${groups}`);
  writeFileSync(join(app.directory, "README.md"), "no part of the image\n");
  writeFileSync(join(app.directory, "Procfile"), "web: uname -m\n");
  // A source that no build has seen, so that the first one is a first one.
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  const words = ["generate", `--syntax=${inject("toolImage")}`, `--platform=${platforms.join(",")}`];
  const { exitCode, stderr } = await cnbDockerfile(app.directory, [...words, "-o", "Dockerfile"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  writeFileSync(
    join(app.directory, "docker-bake.json"),
    JSON.stringify({ target: { default: { dockerfile: "project.toml", platforms } } }),
  );
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  const run = (...each: string[]) => execa("git", [...author, ...each], { cwd: app.directory });
  await run("init", "--quiet", "--initial-branch=main");
  await run("add", ".");
  await run("commit", "--quiet", "--message=app");
  repository = join(parent, "app.git");
  await run("clone", "--quiet", "--bare", ".", repository);
  await execa("tar", ["-czf", join(parent, "app.tgz"), "--exclude=.git", "-C", app.directory, "."]);
  git = await serveGit(parent);
  files = await serveFiles(parent);
});
afterAll(async () => {
  await git.close();
  await files.close();
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

/** Of each platform. That of the index follows from them and from its name, which stands in what is attached. */
const imageDigests = (name: string, count = platforms.length) =>
  Promise.all(platforms.slice(0, count).map((platform) => digestOf(lab, name, platform)));

/** Clones the app as somebody with another umask would. */
async function clone(umask: string): Promise<string> {
  const target = join(parent, `clone-${umask}`);
  await execa("sh", ["-c", `umask ${umask}; git clone --quiet "$1" "$2"`, "sh", repository, target]);
  return target;
}

describe("a project.toml with a syntax line", () => {
  const name = () => `${lab.registry}/e2e/frontend:1`;

  beforeAll(async () => {
    await frontendBuild(lab, { context: app.directory, platforms, name: name() });
    first = await imageDigests(name());
  });

  it.each(platforms)("becomes an image whose label holds true digests on %s", async (platform) => {
    const config = await configOf(lab, name(), platform);
    const predicted = predictedDigests(config);
    expect(predicted.length).toBeGreaterThan(6);
    expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
    expect(config.history).toHaveLength(config.rootfs.diff_ids.length);
    expect(new Set(config.history.map(({ created }) => created))).toEqual(new Set(["1980-01-01T00:00:01Z"]));
    expect(config.config.Entrypoint).toEqual(["/cnb/process/web"]);
  });

  it.each(platforms)("becomes an image that runs on %s", async (platform) => {
    const machine = platform.endsWith("amd64") ? "x86_64" : "aarch64";
    expect((await lab.execute(name(), platform)).stdout).toBe(`${machine}\n`);
  });
});

describe("the same images come of", () => {
  const again = async (tag: string, build: (name: string) => Promise<unknown>, count = platforms.length) => {
    const name = `${lab.registry}/e2e/frontend:${tag}`;
    await build(name);
    expect(await imageDigests(name, count)).toEqual(first.slice(0, count));
  };

  it("a generated Dockerfile with a syntax line", () =>
    again("dockerfile", (name) =>
      frontendBuild(lab, { context: app.directory, platforms, name, words: [] }),
    ));

  // The line stays in the file: it is part of the source that buildpacks see.
  it("BUILDKIT_SYNTAX", () =>
    again("syntax-argument", (name) =>
      frontendBuild(lab, {
        ...{ context: app.directory, platforms, name },
        words: ["--file=project.toml", `--build-arg=BUILDKIT_SYNTAX=${inject("toolImage")}`],
      }),
    ));

  /** Builds where no step was ever run. */
  const onFreshBuildkit = async (tag: string, context: string, count?: number) => {
    const fresh = await startSecondBuildkit(lab, { name: `fresh-${tag}` });
    try {
      const [env, some] = [fresh.environment, platforms.slice(0, count)];
      await again(tag, (name) => frontendBuild(lab, { context, platforms: some, name, env }), count);
    } finally {
      await fresh.close();
    }
  };

  // The emulated platform takes most of the time, and it tells nothing new of modes and of the URL: self-emulated.test.ts
  // and frontend-nodes.test.ts build it on a fresh BuildKit.
  it("a clone under another umask, of one platform, on a fresh BuildKit", async () =>
    onFreshBuildkit("umask", await clone("002"), 1));

  it("the git URL, of one platform, on a fresh BuildKit", () =>
    onFreshBuildkit("git", `${git.address}/app.git#main`, 1));

  it("an archive's URL", () =>
    again("archive", (name) => frontendBuild(lab, { context: `${files.address}/app.tgz`, platforms, name })));

  it("a bake file", () =>
    again("bake", (name) =>
      lab.buildx(
        ["bake", "--push", `--set=*.tags=${name}`, "--provenance=false", "--file=docker-bake.json"],
        {
          cwd: app.directory,
        },
      ),
    ));

  it.each(["dockerfile.v0", "gateway.v0"])("buildctl with the frontend %s", (frontend) =>
    again(frontend, (name) =>
      lab.buildctl(
        [
          ...["build", `--frontend=${frontend}`, "--local=context=.", "--local=dockerfile=."],
          ...["--opt=filename=project.toml", `--opt=platform=${platforms.join(",")}`],
          ...(frontend === "gateway.v0" ? [`--opt=source=${inject("toolImage")}`] : []),
          `--output=type=image,name=${name},push=true`,
        ],
        { cwd: app.directory },
      ),
    ),
  );
});

describe("pack takes the image for one of its own:", () => {
  const platform = "linux/amd64";
  const name = () => `${lab.registry}/e2e/frontend:single`;
  const rebased = () => `${lab.registry}/e2e/frontend:rebased`;
  const pack = async (words: readonly string[]) => {
    const { environment } = await lab.docker();
    return lab.pack(words, { cwd: app.directory, env: environment });
  };

  beforeAll(() => frontendBuild(lab, { context: app.directory, platforms: [platform], name: name() }));

  it("inspects it", async () => {
    const { stdout } = await pack(["inspect", name(), "--output=json"]);
    const { remote_info: info } = JSON.parse(stdout);
    expect(info.buildpacks.map(({ id }: { readonly id: string }) => id)).toEqual(group);
    expect(info.processes).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: "web", default: true })]),
    );
    expect(info.rebasable).toBe(true);
  });

  it("downloads its bill of materials", async () => {
    const directory = mkdtempSync(join(parent, "sbom-"));
    await pack(["sbom", "download", "--remote", `--output-dir=${directory}`, name()]);
    const { stdout } = await execa("find", [directory, "-name", "*.json"]);
    expect(stdout).toContain("sbom/launch/");
  });

  it("rebases it: another base, the same layers upon it, and it starts", async () => {
    await lab.crane(["copy", name(), rebased()]);
    // The lab's patched image has a name of its own, which the builder does not list.
    await pack(["rebase", rebased(), "--publish", `--run-image=${lab.images.runBasePatched}`, "--force"]);
    const [before, after] = [await configOf(lab, name(), platform), await configOf(lab, rebased(), platform)];
    const own = predictedDigests(before).slice(1);
    expect(after.rootfs.diff_ids.slice(-own.length)).toEqual(own);
    expect(predictedDigests(after)[0]).not.toBe(predictedDigests(before)[0]);
    expect((await lab.execute(rebased(), platform)).stdout).toBe("x86_64\n");
  });

  it("rebases it, and the next build of ours goes on from there", async () => {
    const given = [`CNB_RUN_IMAGE=${lab.images.runBasePatched}`, `CNB_PREVIOUS_IMAGE=${rebased()}`];
    const words = ["--file=project.toml", ...given.map((text) => `--build-arg=${text}`)];
    const before = await configOf(lab, rebased(), platform);
    const log = await frontendBuild(lab, {
      ...{ context: app.directory, platforms: [platform], name: rebased(), words },
    });
    // Taken as the previous image, and without a word against it. It has no layers but cached ones to offer.
    expect(log).toContain(`load metadata for ${rebased()}`);
    expect(log).not.toContain("previous-image-unused");
    const after = await configOf(lab, rebased(), platform);
    expect(after.rootfs).toEqual(before.rootfs);
    expect(predictedDigests(after)).toEqual(predictedDigests(before));
  });

  it("builds with it as its previous image, where nothing is attached to it: such an index it calls corrupt", async () => {
    const plain = `${lab.registry}/e2e/frontend:single-plain`;
    const words = ["--file=project.toml", "--build-arg=CNB_SBOM_ATTESTATIONS=false"];
    await frontendBuild(lab, { context: app.directory, platforms: [platform], name: plain, words });
    const { stdout } = await pack([
      ...["build", `${lab.registry}/e2e/frontend:by-pack`, "--publish", "--network=host", "--trust-builder"],
      `--previous-image=${plain}`,
    ]);
    // Found by the label's digest.
    expect(stdout).toContain("Restoring data for SBOM from previous image");
    expect(stdout).toContain(`Reusing layers from image '${lab.registry}/e2e/frontend@sha256:`);
  });
});
