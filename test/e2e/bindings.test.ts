import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/start.ts";
import { describeProject, runBuildOrThrow } from "./build-steps.ts";
import { writeDescriptor } from "./frontend-steps.ts";
import { type FileReading, readImage } from "./image-reading.ts";
import { buildOrThrow, generate } from "./steps.ts";

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
