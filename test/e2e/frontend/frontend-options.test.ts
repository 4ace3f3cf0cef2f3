import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, frontendBuild, writeDescriptor } from "../frontend-steps.ts";

const platforms = ["linux/amd64"];
const cgroupParent = "cnb-dockerfile-options";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let name: string;

/** A buildpack that says what a step is given; each line reads `probe WHAT VALUE`. */
const probe = `
[[io.buildpacks.group]]
id = "lab/probe-options"
version = "1.0.0"

[io.buildpacks.group.script]
api = "0.10"
shell = "/bin/bash"
inline = """
echo "probe files $(ulimit -Sn) $(ulimit -Hn)"
echo "probe shm $(df --output=size --block-size=1M /dev/shm | tail -1 | tr -d ' ')"
echo "probe hostname $(cat /proc/sys/kernel/hostname)"
echo "probe hosts $(grep -c '^10.1.2.3\\\\s.*db.example' /etc/hosts)"
echo "probe network $(ls /sys/class/net | tr '\\\\n' ' ')"
echo "probe cgroup $(cat /proc/self/cgroup | tr '\\n' ' ')"
echo "probe git $(ls -d .git 2>/dev/null)"
printf '[[processes]]\\\\ntype = "web"\\\\ncommand = ["true"]\\\\n' > "$CNB_LAYERS_DIR/launch.toml"
"""
`;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  name = `${lab.registry}/e2e/options:latest`;
  writeDescriptor(lab, app.directory, "com.example.options", probe);
});
afterAll(async () => {
  app.remove();
  await lab.close();
  // BuildKit leaves the group that it was given.
  await execa("find", [
    "/sys/fs/cgroup",
    "-depth",
    "-path",
    `*/${cgroupParent}*`,
    "-type",
    "d",
    "-exec",
    "rmdir",
    "{}",
    ";",
  ]);
});

/** The progress of a build. */
function build(words: readonly string[], context = app.directory): Promise<string> {
  return frontendBuild(lab, { context, platforms, name, words: ["--file=project.toml", ...words] });
}

/** What the probe says in a build that runs it, whatever is in the cache. */
async function probed(words: readonly string[], context?: string): Promise<Record<string, string>> {
  return readProbe(await build([...words, "--no-cache-filter=build"], context));
}

/** What the probe says, by what it says it of; nothing where its step came from the cache. */
function readProbe(progress: string): Record<string, string> {
  const lines = progress.matchAll(/^#\d+ [\d.]+ probe (?<what>\w+) ?(?<value>.*?)\s*$/gm);
  return Object.fromEntries(Array.from(lines, ({ groups }) => [groups?.what ?? "", groups?.value ?? ""]));
}

it("options of docker buildx build act on the phases", async () => {
  const { cgroup, ...given } = await probed([
    ...["--add-host=db.example:10.1.2.3", "--shm-size=96m", "--ulimit=nofile=1234:2345", "--pull"],
    ...["--build-arg=BUILDKIT_SANDBOX_HOSTNAME=probed", "--build-arg=BUILDKIT_CACHE_MOUNT_NS=team"],
    ...[`--cgroup-parent=/${cgroupParent}`, "--network=none"],
  ]);
  expect(given).toEqual({
    ...{ files: "1234 2345", shm: "96", hostname: "probed", hosts: "1", network: "lo", git: "" },
  });
  // Of control groups of the second version a step sees its own part only.
  expect(cgroup).toMatch(new RegExp(`:/${cgroupParent}/|^0::/`));
});

it("without them they have what BuildKit gives every step", async () => {
  const { shm, hostname, hosts, network } = await probed([]);
  expect({ shm, hostname, hosts }).toEqual({ shm: "64", hostname: "buildkitsandbox", hosts: "0" });
  // The lab's BuildKit gives its steps the machine's own network.
  expect(network).not.toBe("lo");
  expect((await probed(["--network=host"])).network).toBe(network);
});

it("--label and --annotation are on the image", async () => {
  await build(["--label=team=shop", "--annotation=org.example.note=kept"]);
  const { config } = await configOf(lab, name, "linux/amd64");
  expect(config.Labels).toMatchObject({
    team: "shop",
    "io.buildpacks.lifecycle.metadata": expect.any(String),
  });
  const { stdout } = await lab.crane(["manifest", "--platform=linux/amd64", name]);
  expect(JSON.parse(stdout)).toMatchObject({ annotations: { "org.example.note": "kept" } });
});

it("a stage that is built as it is gets the label, too", async () => {
  await build(["--label=team=shop", "--target=build"]);
  expect((await configOf(lab, name, "linux/amd64")).config.Labels).toMatchObject({ team: "shop" });
});

it("--no-cache-filter runs the named stage again, and says of another name that it does nothing", async () => {
  await build([]);
  expect(readProbe(await build([]))).toEqual({});
  const progress = await build(["--no-cache-filter=build", "--no-cache-filter=bulid"]);
  expect(readProbe(progress)).toHaveProperty("hostname");
  expect(progress).toContain("There is no stage bulid to build without cache");
});

it("BUILDKIT_MULTI_PLATFORM makes an index of one image", async () => {
  // What is attached would make an index, too.
  const alone = "--build-arg=CNB_SBOM_ATTESTATIONS=false";
  await build([alone]);
  expect(JSON.parse((await lab.crane(["manifest", name])).stdout)).not.toHaveProperty("manifests");
  await build([alone, "--build-arg=BUILDKIT_MULTI_PLATFORM=1"]);
  const { stdout } = await lab.crane(["manifest", name]);
  expect(JSON.parse(stdout)).toMatchObject({ manifests: [{ platform: { architecture: "amd64" } }] });
});

it("BUILDKIT_INLINE_CACHE puts the cache into the image", async () => {
  await build(["--build-arg=BUILDKIT_INLINE_CACHE=1"]);
  expect(await configOf(lab, name, "linux/amd64")).toHaveProperty(["moby.buildkit.cache.v0"]);
});

it("an argument of BuildKit's that does nothing here is said to do nothing", async () => {
  expect(await build(["--build-arg=BUILDKIT_DOCKERFILE_CHECK=error=true"])).toContain(
    "BUILDKIT_DOCKERFILE_CHECK is a BuildKit argument that has no effect on a buildpacks project.",
  );
});

it("a label of the lifecycle's is refused", async () => {
  const word = "--label=io.buildpacks.lifecycle.metadata={}";
  await expect(build([word])).rejects.toThrow("[frontend/label-reserved]");
});

describe("a git repository", () => {
  let server: GitServer;

  beforeAll(async () => {
    const git = (...words: string[]) =>
      execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: app.directory });
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", ".");
    await git("commit", "--quiet", "--message=app");
    server = await serveGit(join(app.directory, ".."));
  });
  afterAll(() => server.close());

  it.each([
    ["", []],
    [".git", ["--build-arg=BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"]],
    [".git", ["--build-arg=CNB_KEEP_GIT_DIR=true"]],
  ])("comes with %j under %j", async (expected, words) => {
    const { git } = await probed(words, `${server.address}/procfile/.git#main`);
    expect(git).toBe(expected);
  });
});
