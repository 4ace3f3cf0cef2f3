import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { writeDescriptor } from "../frontend-steps.ts";
import { type FileReading, readImage } from "../image-reading.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
const run = Date.now();
const mapped = `sha256:${"0f".repeat(32)}`;
const keys = {
  "ca.pem": "a certificate that anybody may read\n",
  ".npmrc": "registry=https://registry.example\n",
  [mapped]: "https://mirror.example\n",
};

/** Copies the keys of a binding into a layer for launch, as buildpacks for certificates do. */
const more = `
[[io.buildpacks.group]]
id = "example/trust"
[io.buildpacks.group.script]
api = "0.10"
inline = """
mkdir -p "$1/trust"
for key in ${Object.keys(keys).join(" ")} type; do cp "$2/bindings/trust/$key" "$1/trust/"; done
echo "types.launch = true" >"$1/trust.toml"
"""

[[io.buildpacks.group]]
id = "lab/procfile"
`;

let lab: Lab;
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bindings-"));
  const binding = join(parent, "binding");
  mkdirSync(binding);
  writeFileSync(join(binding, "type"), "ca-certificates");
  for (const [key, text] of Object.entries(keys)) writeFileSync(join(binding, key), text);
});
afterAll(async () => {
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

function makeApp(door: string): string {
  const directory = join(parent, `app-${door}`);
  mkdirSync(directory);
  writeFileSync(join(directory, "Procfile"), "web: true\n");
  writeFileSync(join(directory, "first.txt"), `${door} ${run}`);
  return directory;
}

/** Ways to an image. In: the app's directory, and the name that the image is pushed under. */
const doors: Readonly<Record<string, (directory: string, name: string) => Promise<unknown>>> = {
  pack: async (directory, name) => {
    writeDescriptor(lab, directory, "com.example.bindings-pack", more);
    const { environment } = await lab.docker();
    const volume = `--volume=${join(parent, "binding")}:/platform/bindings/trust`;
    await lab.pack(["build", name, "--publish", "--network=host", "--trust-builder", volume], {
      cwd: directory,
      env: environment,
    });
  },
  frontend: async (directory, name) => {
    writeDescriptor(lab, directory, "com.example.bindings-frontend", more);
    const declared = `--build-arg=CNB_BINDINGS=trust=ca-certificates:${Object.keys(keys).join(",")}`;
    await lab.buildx(
      [
        "build",
        "--file=project.toml",
        `--platform=${platform}`,
        `--tag=${name}`,
        "--push",
        declared,
        ...offered(),
      ].concat("."),
      { cwd: directory },
    );
  },
  generated: async (directory, name) => {
    describeProject(lab, directory, "com.example.bindings-generated", more);
    const declared = `--binding=trust=ca-certificates:${Object.keys(keys).join(",")}`;
    const dockerfile = await generate(directory, [declared]);
    await buildOrThrow(lab, { directory, dockerfile, platforms: [platform], name, words: offered() });
  },
  build: async (directory, name) => {
    describeProject(lab, directory, "com.example.bindings-build", more);
    const volume = `--volume=${join(parent, "binding")}:/platform/bindings/trust`;
    await runBuildOrThrow(lab, directory, [`--platform=${platform}`, volume, `--tag=${name}`, "--push", "."]);
  },
};

function offered(): string[] {
  return Object.keys(keys).map((key) => `--secret=id=trust.${key},src=${join(parent, "binding", key)}`);
}

describe("what a buildpack copies from a binding into a layer", () => {
  let byPack: ReadonlyMap<string, FileReading>;
  const nameOf = (door: string) => `${lab.registry}/e2e/bindings-${door}:${run}`;
  const layerOf = async (door: string) => {
    const { files } = await readImage(lab, nameOf(door), platform);
    return new Map([...files].filter(([path]) => path.startsWith("/layers/example_trust/trust/")));
  };

  beforeAll(async () => {
    await doors.pack?.(makeApp("pack"), nameOf("pack"));
    byPack = await layerOf("pack");
  });

  it.each(["frontend", "generated", "build"])(
    "has the names, modes and owners that it has with pack: %s",
    async (door) => {
      await doors[door]?.(makeApp(door), nameOf(door));
      const ours = await layerOf(door);
      expect([...ours.keys()].sort()).toEqual(
        [...Object.keys(keys), "type"].map((key) => `/layers/example_trust/trust/${key}`).sort(),
      );
      expect(ours).toEqual(byPack);
      expect(ours.get("/layers/example_trust/trust/ca.pem")?.mode).toBe("0644");
      const started = await lab.execute(nameOf(door), platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["--", "cat", "/layers/example_trust/trust/ca.pem"],
      });
      expect(started.stdout).toBe(keys["ca.pem"]);
    },
  );
});

describe("volumes", () => {
  /** Notes what it sees, and keeps a count where the cache is. */
  const script = `
[[io.buildpacks.group]]
id = "example/volumes"
[io.buildpacks.group.script]
api = "0.10"
inline = """
mkdir -p "$1/seen"
cat /opt/data/text >"$1/seen/text"
wc -c <"$2/bindings/large/cacerts" >"$1/seen/size"
(touch /opt/data/new 2>/dev/null && echo writable || echo read-only) >"$1/seen/mode"
echo run >>/home/tool/count
wc -l </home/tool/count >"$1/seen/count"
echo "types.launch = true" >"$1/seen.toml"
"""

[[io.buildpacks.group]]
id = "lab/procfile"
`;
  let volumes: string;

  beforeAll(() => {
    volumes = join(parent, "volumes");
    mkdirSync(join(volumes, "data"), { recursive: true });
    mkdirSync(join(volumes, "large"));
    writeFileSync(join(volumes, "data/text"), "of the host\n");
    writeFileSync(join(volumes, "large/type"), "ca-certificates");
    writeFileSync(join(volumes, "large/cacerts"), "x".repeat(600 * 1024));
  });

  const directories = () => [`${volumes}/data:/opt/data`, `${volumes}/large:/platform/bindings/large:public`];
  const seen = async (name: string) => {
    const { stdout } = await lab.execute(name, platform, {
      entrypoint: "/cnb/lifecycle/launcher",
      args: ["--", "/bin/sh", "-c", "cd /layers/example_volumes/seen && cat text size mode count"],
    });
    return stdout.trim().split("\n");
  };

  it("of `build` are a directory to read, a large public binding, and a cache of the app's", async () => {
    const app = makeApp("volumes");
    describeProject(lab, app, `com.example.volumes-${run}`, script);
    const name = `${lab.registry}/e2e/volumes:${run}`;
    const flags = [...directories(), "tool:/home/tool:rw"].map((text) => `--volume=${text}`);
    for (const count of ["1", "2"]) {
      writeFileSync(join(app, "first.txt"), `${count} ${run}`);
      await runBuildOrThrow(lab, app, [`--platform=${platform}`, ...flags, `--tag=${name}`, "--push", "."]);
      expect(await seen(name)).toEqual(["of the host", "614400", "read-only", count]);
    }
  });

  it("of a generated file and of plain buildx are handed over as contexts, and missed where they are not", async () => {
    const app = makeApp("volumes-buildx");
    writeDescriptor(lab, app, `com.example.volumes-buildx-${run}`, script);
    const name = `${lab.registry}/e2e/volumes-buildx:${run}`;
    const declared = "CNB_VOLUMES=/opt/data;/platform/bindings/large;tool:/home/tool:rw";
    const words = (...more: readonly string[]) => [
      ...["build", "--file=project.toml", `--platform=${platform}`, `--tag=${name}`, "--push"],
      ...[`--build-arg=${declared}`, ...more, "."],
    ];
    const contexts = [
      `--build-context=volume-1=${volumes}/data`,
      `--build-context=volume-2=${volumes}/large`,
    ];
    await lab.buildx(words(...contexts), { cwd: app });
    expect(await seen(name)).toEqual(["of the host", "614400", "read-only", "1"]);

    const missing = await lab.buildx(words(contexts[0] ?? ""), { cwd: app, reject: false });
    expect(missing.exitCode).not.toBe(0);
    expect(missing.stderr).toContain("--build-context volume-2=DIRECTORY");

    const flags = [...directories(), "tool:/home/tool:rw"].map((text) => `--volume=${text}`);
    const dockerfile = await generate(app, flags);
    await buildOrThrow(lab, { directory: app, dockerfile, platforms: [platform], name, words: contexts });
    expect((await seen(name)).slice(0, 3)).toEqual(["of the host", "614400", "read-only"]);
  });
});
