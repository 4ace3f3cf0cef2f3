import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uncompressed } from "../../helpers/uncompressed.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { type ImageConfig, oddGroup, predictedDigests, writeDescriptor } from "../frontend-steps.ts";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-outputs-"));
  writeDescriptor(lab, app.directory, "com.example.outputs", oddGroup);
});
afterAll(async () => {
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

const build = (words: readonly string[]) =>
  lab.buildx(["build", "--file=project.toml", "--provenance=false", ...words, "."], { cwd: app.directory });

interface Descriptor {
  readonly digest: string;
  readonly mediaType?: string;
  readonly platform?: { readonly os: string };
}

interface Layout {
  /** Of each platform. */
  readonly configs: readonly ImageConfig[];
  /** Digests of the layers' contents, as they are, of each platform. */
  readonly layers: readonly (readonly string[])[];
}

/** Reads an OCI archive: what the configs say, and what the layers are. */
async function readLayout(archive: string): Promise<Layout> {
  const directory = mkdtempSync(join(parent, "layout-"));
  await execa("tar", ["-xf", archive, "-C", directory]);
  const blob = ({ digest }: Descriptor) => readFileSync(join(directory, "blobs", ...digest.split(":")));
  const json = (descriptor: Descriptor) => JSON.parse(blob(descriptor).toString());
  const leaves = (descriptor: Descriptor): Descriptor[] => {
    const manifest = json(descriptor);
    // What is attached has no platform.
    const isImage = ({ platform }: Descriptor) => platform?.os !== "unknown";
    return manifest.manifests === undefined
      ? [descriptor]
      : manifest.manifests.filter(isImage).flatMap(leaves);
  };
  const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
  const manifests = index.manifests.flatMap(leaves).map(json);
  return {
    configs: manifests.map(({ config }: { config: Descriptor }) => json(config)),
    layers: manifests.map(({ layers }: { layers: Descriptor[] }) =>
      layers.map((layer) => contentDigest(blob(layer))),
    ),
  };
}

function contentDigest(layer: Buffer): string {
  return `sha256:${createHash("sha256").update(uncompressed(layer)).digest("hex")}`;
}

describe("the label's digests are true in an OCI archive", () => {
  it.each([
    ["compression=gzip", ["linux/amd64", "linux/arm64"]],
    ["compression=zstd", ["linux/amd64"]],
    ["compression=uncompressed", ["linux/amd64"]],
    ["compression=gzip,compression-level=1,force-compression=true", ["linux/amd64"]],
    ["rewrite-timestamp=true", ["linux/amd64"]],
  ])("with %s", async (how, platforms) => {
    const archive = join(parent, `${how.replaceAll(/\W/g, "-")}.tar`);
    const epoch = how.startsWith("rewrite") ? ["--build-arg=SOURCE_DATE_EPOCH=1700000000"] : [];
    await build([`--platform=${platforms.join(",")}`, `--output=type=oci,dest=${archive},${how}`, ...epoch]);
    const { configs, layers } = await readLayout(archive);
    expect(configs).toHaveLength(platforms.length);
    for (const [index, config] of configs.entries()) {
      const predicted = predictedDigests(config);
      expect(predicted.length).toBeGreaterThan(6);
      expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
      expect(layers[index]).toEqual(config.rootfs.diff_ids);
      expect(config.created).toBe(epoch.length === 0 ? "1980-01-01T00:00:01Z" : "2023-11-14T22:13:20Z");
    }
  });
});

it("one platform is an image that `docker load` takes, with the same layers", async () => {
  const archive = join(parent, "docker.tar");
  await build(["--platform=linux/amd64", `--output=type=docker,dest=${archive}`, "--tag=e2e/outputs"]);
  const { configs } = await readLayout(archive);
  const [config] = configs;
  if (config === undefined) throw new Error("no image");
  const predicted = predictedDigests(config);
  expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
});

it("a directory and a tar hold the same files", async () => {
  const directory = join(parent, "local");
  const archive = join(parent, "files.tar");
  const unpacked = join(parent, "unpacked");
  await build(["--platform=linux/amd64", `--output=type=local,dest=${directory}`]);
  await build(["--platform=linux/amd64", `--output=type=tar,dest=${archive}`]);
  mkdirSync(unpacked);
  await execa("tar", ["-xf", archive, "-C", unpacked]);
  const list = (root: string) => readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  expect(list(directory)).toContain("workspace/Procfile");
  expect(list(unpacked)).toEqual(list(directory));
});

it("any other stage comes out as its files", async () => {
  const directory = join(parent, "source");
  await build(["--platform=linux/amd64", "--target=source", `--output=type=local,dest=${directory}`]);
  expect(readdirSync(join(directory, "cnb-dockerfile", "app", "workspace"))).toContain("Procfile");
});
