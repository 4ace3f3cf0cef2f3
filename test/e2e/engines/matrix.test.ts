import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildahSystem, layBuildahSystem } from "../../lab/buildah.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { listedBuildkit, olderBuildkits, versionOf } from "../../lab/tool-list.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, oddGroup, predictedDigests, writeDescriptor } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";
import { generate } from "../steps.ts";
import { withOciTypes } from "./oci-types.ts";
import { type Likeness, likeness } from "./same-images.ts";

/**
 * The table "What was tried" of docs/reference/compatibility.md, row by row: what each engine makes is compared with what the lab's
 * own BuildKit makes of the same file, and the page has to say just that.
 */

const amd64 = "linux/amd64";
const both = [amd64, "linux/arm64"];
const page = readFileSync(join(import.meta.dirname, "../../../docs/reference/compatibility.md"), "utf8");
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

const nameOf = (tag: string) => `${lab.registry}/e2e/matrix:${tag}`;
/** The lab's docker daemons have no other network. */
const hostNetwork = "--network=host";
/** What the others are compared with. */
const reference = { descriptor: "descriptor", generated: "generated" };

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  // A source that the lab's BuildKit has not seen either.
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  writeDescriptor(lab, app.directory, "com.example.matrix", oddGroup);
  writeFileSync(join(app.directory, "Dockerfile"), await generate(app.directory, []));
  await buildByBuildx("project.toml", reference.descriptor, both, {});
  await buildByBuildx("Dockerfile", reference.generated, both, {});
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

/** What the page says of an engine: of project.toml, and of a generated Dockerfile without the helper image's line. */
function told(engine: string): readonly string[] | undefined {
  const rows = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.find((cells) => cells[1] === engine)?.slice(2, 4);
}

/** Builds and pushes. What a BuildKit calls its layers by itself changed over time. */
async function buildByBuildx(
  file: string,
  tag: string,
  platforms: readonly string[],
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Promise<void> {
  const output = `--output=type=image,name=${nameOf(tag)},push=true,oci-mediatypes=true`;
  const words = [
    "build",
    `--file=${file}`,
    `--platform=${platforms.join(",")}`,
    "--provenance=false",
    output,
    ...more,
    ".",
  ];
  await lab.buildx(words, { cwd: app.directory, env });
}

/** Both kinds of file with one engine. */
async function tryBoth(
  engine: string,
  platforms: readonly string[],
  build: (file: string, tag: string) => Promise<void>,
): Promise<readonly Likeness[]> {
  const tag = engine.replace(/[^a-z0-9.]+/gi, "-").toLowerCase();
  const found: Likeness[] = [];
  for (const [kind, file] of [
    ["descriptor", "project.toml"],
    ["generated", "Dockerfile"],
  ] as const) {
    await build(file, `${tag}-${kind}`);
    found.push(await likeness(lab, nameOf(reference[kind]), nameOf(`${tag}-${kind}`), platforms));
  }
  const config = await configOf(lab, nameOf(`${tag}-descriptor`), amd64);
  const predicted = predictedDigests(config);
  expect(predicted.length).toBeGreaterThan(6);
  expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
  return found;
}

it("the lab's own BuildKit is the one that the page compares the others with", () => {
  expect(told(`BuildKit ${versionOf("buildkitd")}`)).toEqual([
    "what the others are compared with",
    "the same",
  ]);
});

describe.each(olderBuildkits)("BuildKit $version", ({ name, version }) => {
  it(
    version === listedBuildkit
      ? "is what `build` downloads, and makes what the page says"
      : "makes what the page says",
    async () => {
      const older = await startSecondBuildkit(lab, { name, program: name });
      try {
        const { stdout } = await lab.buildctl(["--addr", older.address, "debug", "info"]);
        expect(stdout).toContain(version);
        const engine = `BuildKit ${version.slice(1)}`;
        const found = await tryBoth(engine, both, (file, tag) =>
          buildByBuildx(file, tag, both, older.environment),
        );
        expect(found).toEqual(told(engine));
      } finally {
        await older.close();
      }
    },
  );
});

describe.each([
  { store: "containerd", title: "dockerd, containerd image store", platforms: both },
  { store: "classic", title: "dockerd, classic image store", platforms: [amd64] },
] as const)("$title", ({ store, title, platforms }) => {
  it("makes what the page says, by buildx", async () => {
    const docker = await lab.docker(store);
    const found = await tryBoth(title, platforms, (file, tag) =>
      buildByBuildx(file, tag, platforms, docker.environment, [hostNetwork]),
    );
    expect(found).toEqual(told(title));
  });
});

it("`docker build` without buildx makes what the page says", async () => {
  const engine = "dockerd, classic image store, `docker build` 20.10 without buildx";
  const docker = await lab.docker("classic");
  // Its own directory: the lab's has plugins.
  const env = {
    ...docker.environment,
    DOCKER_BUILDKIT: "1",
    DOCKER_CONFIG: join(app.directory, "..", "docker"),
  };
  const found = await tryBoth("docker-build", [amd64], async (file, tag) => {
    const options = { cwd: app.directory, env };
    await execa(
      lab.tools["docker-cli"],
      ["build", hostNetwork, `--file=${file}`, `--tag=${nameOf(tag)}`, "."],
      options,
    );
    await execa(lab.tools["docker-cli"], ["push", nameOf(tag)], options);
  });
  expect(found).toEqual(told(engine));
});

describe("Buildah and Podman of Debian forky", () => {
  let system: BuildahSystem;

  beforeAll(async () => {
    system = await layBuildahSystem(lab.registry);
    const builder = await withOciTypes(lab.registry, "lab/builder", "1", "oci");
    const words = ["--self-contained", `--node-image=${lab.images.node}`, `--builder=${builder}`];
    writeFileSync(join(app.directory, "Containerfile"), await generate(app.directory, words));
    await buildByBuildx("Containerfile", "self-contained", both, {});
  });
  afterAll(() => system.remove());

  /** Limits that no test machine has to raise. */
  const always = [
    "--isolation=chroot",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=4096:4096",
    "--file=Containerfile",
  ];

  it.each([
    { engine: "Buildah 1.43, rootless", user: "ordinary", program: "buildah", platform: amd64 },
    { engine: "Podman 5.8, as root", user: "root", program: "podman", platform: "linux/arm64" },
  ] as const)("$engine makes what the page says", async ({ engine, user, program, platform }) => {
    const name = nameOf(`${program}-generated`);
    const build = async () => {
      const words = ["build", "--layers=true", ...always, `--platform=${platform}`, `--tag=${name}`, "."];
      await system.run(user, app.directory, [program, ...words]);
      await system.run(user, app.directory, [program, "push", "--tls-verify=false", name]);
    };
    await build();
    // There are no frontends: project.toml is no Dockerfile.
    const asDockerfile = system.run(user, app.directory, [program, "build", "--file=project.toml", "."]);
    await expect(asDockerfile).rejects.toThrow();
    const found = await likeness(lab, nameOf("self-contained"), name, [platform]);
    expect(["refused", found]).toEqual(told(engine));
    const [expected, ran] = [
      await lab.execute(nameOf("self-contained"), platform),
      await lab.execute(name, platform),
    ];
    expect(ran).toEqual(expected);
  });

  it("Buildah notices a changed source in its cache of layers", async () => {
    const name = nameOf("buildah-changed");
    writeFileSync(join(app.directory, "static", "changed.txt"), "changed\n");
    const words = ["build", "--layers=true", ...always, `--tag=${name}`, "."];
    const log = await system.run("ordinary", app.directory, ["buildah", ...words]);
    expect(log).toContain("Using cache");
    await system.run("ordinary", app.directory, ["buildah", "push", "--tls-verify=false", name]);
    const { stdout } = await lab.execute(name, amd64, {
      entrypoint: "cat",
      args: ["/workspace/static/changed.txt"],
    });
    expect(stdout).toBe("changed\n");
  });
});
