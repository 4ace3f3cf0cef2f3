import { describe, expect, it } from "vitest";
import { platformOf, readManifest } from "../../src/image/manifest.ts";
import { isIndexType, isManifestType, layerTypeIn } from "../../src/image/media-types.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("what a registry answers is told by its keys:", () => {
  it.each([
    ["an index", { manifests: [{ digest, platform: null }], more: 1 }, "index"],
    ["an image", { config: { digest }, layers: [], mediaType: "application/json" }, "manifest"],
    ["an image that names no layers", { config: { digest } }, "manifest"],
    ["an image of no digest", { config: { digest: "sha256:1" } }, undefined],
    ["something else", { tags: [] }, undefined],
    ["no object", [], undefined],
  ])("%s", (_, value, kind) => {
    expect(readManifest(value)?.kind).toBe(kind);
  });
});

it("an attestation, and what names no platform, is no image", () => {
  const platforms = [
    { os: "linux", architecture: "arm64", variant: "v8" },
    { os: "unknown", architecture: "unknown" },
    { os: "linux" },
    null,
    undefined,
  ];
  expect(platforms.map((platform) => platformOf(platform === undefined ? {} : { platform }))).toEqual([
    { os: "linux", architecture: "arm64" },
    ...[undefined, undefined, undefined, undefined],
  ]);
});

describe("media types", () => {
  it("of OCI and of docker say the same", () => {
    for (const [oci, docker, isType] of [
      ["image.index.v1+json", "distribution.manifest.list.v2+json", isIndexType],
      ["image.manifest.v1+json", "distribution.manifest.v2+json", isManifestType],
    ] as const) {
      expect([`application/vnd.oci.${oci}`, `application/vnd.docker.${docker}`].map(isType)).toEqual([
        true,
        true,
      ]);
    }
    expect(isManifestType("application/vnd.docker.distribution.manifest.list.v2+json")).toBe(false);
  });

  it("of layers follow the manifest's", () => {
    const oci = "application/vnd.oci.image.layer.v1.tar+gzip";
    const docker = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    const ofOci = "application/vnd.oci.image.manifest.v1+json";
    const ofDocker = "application/vnd.docker.distribution.manifest.v2+json";
    expect([oci, docker].map((layer) => layerTypeIn(ofOci, layer))).toEqual([oci, oci]);
    expect([oci, docker].map((layer) => layerTypeIn(ofDocker, layer))).toEqual([docker, docker]);
    expect(layerTypeIn(ofOci, "application/vnd.in-toto+json")).toBeUndefined();
  });
});
