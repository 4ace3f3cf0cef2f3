import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { formatPlatform } from "../../../src/image/platform.ts";
import { buildContext, parseReference } from "../../../src/image/reference.ts";
import { imageSource } from "../../../src/registry/image-source.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

let layout: string;
beforeEach(() => {
  layout = join(temporaryDirectory(), "builder");
  mkdirSync(join(layout, "blobs", "sha256"), { recursive: true });
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion": "1.0.0"}');
});

function put(value: unknown): string {
  const text = JSON.stringify(value);
  const hash = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(layout, "blobs", "sha256", hash), text);
  return `sha256:${hash}`;
}

function putImage(architecture: string): string {
  return put({
    config: { digest: put({ os: "linux", architecture, config: { Labels: { architecture } } }) },
  });
}

/** In: digest and, if it has one, name of each image. */
function writeIndex(...entries: readonly (readonly [digest: string, name?: string])[]): void {
  const manifests = entries.map(([digest, name]) => ({
    digest,
    ...(name === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": name } }),
  }));
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}

async function resolve(suffix = "") {
  const reference = parseReference(`oci-layout://${layout}${suffix}`);
  if (reference === undefined) throw new Error(suffix);
  const resolved = await imageSource().resolve(reference, undefined);
  return { digest: resolved?.digest, platforms: resolved?.available.map(formatPlatform) };
}

describe("an OCI layout", () => {
  it("is read through the index that its own index names", async () => {
    const platform = (architecture: string) => ({ os: "linux", architecture });
    const digest = put({
      manifests: ["amd64", "arm64"].map((name) => ({ digest: putImage(name), platform: platform(name) })),
    });
    writeIndex([digest]);
    expect(await resolve()).toEqual({ digest, platforms: ["linux/amd64", "linux/arm64"] });
  });

  it("is not read where its index lists more images than any has", async () => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        digest: putImage(`a${index}`),
        platform: { os: "linux", architecture: `a${index}` },
      }));
    writeIndex([put({ manifests: entries(100) })]);
    expect((await resolve()).platforms).toHaveLength(100);
    writeIndex([put({ manifests: entries(101) })]);
    await expect(resolve()).rejects.toThrow("its index lists 101 images, and 100 are read at most");
  });

  it("is asked for a tag, whether it stands alone or at the end of a name", async () => {
    const [first, second] = [putImage("amd64"), putImage("arm64")];
    writeIndex([first, "24"], [second, "docker.io/acme/builder:25"]);
    expect(await resolve(":24")).toEqual({ digest: first, platforms: ["linux/amd64"] });
    expect(await resolve(":25")).toEqual({ digest: second, platforms: ["linux/arm64"] });
  });

  it("is asked for a digest", async () => {
    const [first, second] = [putImage("amd64"), putImage("arm64")];
    writeIndex([first], [second]);
    expect(await resolve(`@${second}`)).toEqual({ digest: second, platforms: ["linux/arm64"] });
  });

  it("is asked for `latest` where it has several images and none is named", async () => {
    const [first, second] = [putImage("amd64"), putImage("arm64")];
    writeIndex([first, "24"], [second, "latest"]);
    expect(await resolve()).toMatchObject({ digest: second });
  });
});

describe("an OCI layout that cannot be used", () => {
  async function fault(suffix = ""): Promise<string> {
    const error: unknown = await resolve(suffix).catch((reason: unknown) => reason);
    if (!(error instanceof CompileError)) throw new Error(`not refused: ${JSON.stringify(error)}`);
    expect(error.diagnostics).toMatchObject([
      { code: "registry/bad-layout", location: { file: `oci-layout://${layout}` } },
    ]);
    return error.diagnostics[0]?.message ?? "";
  }

  it("is not there", async () => {
    layout = join(layout, "nowhere");
    expect(await fault()).toContain("ENOENT");
  });

  it("has an index that is not JSON", async () => {
    writeFileSync(join(layout, "index.json"), "{");
    expect(await fault()).toContain("index.json is not JSON");
  });

  it("has an index of another form", async () => {
    writeFileSync(join(layout, "index.json"), "{}");
    expect(await fault()).toContain("is not valid in an OCI layout");
  });

  it("lacks the tag, and the message says which there are", async () => {
    writeIndex([putImage("amd64"), "24"], [putImage("arm64"), "25"]);
    expect(await fault(":26")).toContain("it has no image 26, but 24, 25");
  });

  it("has content that is not what its name says", async () => {
    const digest = putImage("amd64");
    writeFileSync(join(layout, "blobs", digest.replace(":", "/")), "{}");
    writeIndex([digest]);
    expect(await fault()).toContain(`what it has as ${digest} is sha256:`);
  });

  it("lacks a blob", async () => {
    writeIndex([`sha256:${"0".repeat(64)}`]);
    expect(await fault()).toContain("ENOENT");
  });

  it("has a config larger than any is", async () => {
    writeIndex([put({ config: { digest: put({ label: "x".repeat(9 * 1024 * 1024) }) } })]);
    expect(await fault()).toContain("is larger than 8 MiB");
  });
});

it("has a FROM name that no registry answers for, and a build context that finds it", () => {
  const reference = parseReference("oci-layout://./images/My Builder:24");
  expect(reference).toMatchObject({ registry: "oci-layout.invalid", repository: "images/my/builder" });
  const digest = `sha256:${"0".repeat(64)}`;
  expect(reference && buildContext(reference, digest)).toBe(
    `oci-layout.invalid/images/my/builder:24@${digest}=oci-layout://./images/My Builder@${digest}`,
  );
});
