import { createHash } from "node:crypto";
import type { TestRegistry } from "./registry.ts";

export const lifecycleLabel = "io.buildpacks.lifecycle.metadata";

/** One platform's image; a layer is its text, compressed and not alike. */
export interface TestImage {
  readonly architecture?: string;
  readonly variant?: string;
  readonly layers: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: readonly string[];
  /** More keys of its config. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export const digestOf = (text: string | Buffer) =>
  `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The lifecycle's label of an app. In: the last of the run image's layers. */
export function labelOf(topLayer: string, runImage: Readonly<Record<string, unknown>> = {}): string {
  const named = {
    topLayer: digestOf(topLayer),
    reference: "registry.example/acme/run@sha256:0",
    ...runImage,
  };
  return JSON.stringify({ app: [], buildpacks: [], runImage: named });
}

/** An app for one platform upon a run image of the layers `base`, as an image of Platform API 0.15 is. */
export function appImage(
  base: readonly string[],
  runImage: Readonly<Record<string, unknown>>,
  more: Partial<TestImage> = {},
): TestImage {
  return {
    layers: [...base, "app", "launcher"],
    env: ["CNB_PLATFORM_API=0.15"],
    ...more,
    labels: {
      "com.example.own": "yes",
      [lifecycleLabel]: labelOf(base.at(-1) ?? "", runImage),
      ...more.labels,
    },
  };
}

const oci = "application/vnd.oci.image";
const docker = "application/vnd.docker";
const types = {
  oci: {
    manifest: `${oci}.manifest.v1+json`,
    config: `${oci}.config.v1+json`,
    layer: `${oci}.layer.v1.tar+gzip`,
  },
  docker: {
    manifest: `${docker}.distribution.manifest.v2+json`,
    config: `${docker}.container.image.v1+json`,
    layer: `${docker}.image.rootfs.diff.tar.gzip`,
  },
};

/** Puts one platform's image with its layers. Out: the descriptor that an index has of it. */
export function putWhole(
  registry: TestRegistry,
  repository: string,
  image: TestImage,
  name?: string,
  kind: keyof typeof types = "oci",
) {
  const { architecture = "amd64", variant, layers, labels = {}, env = [], config: more = {} } = image;
  const platform = { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) };
  const config = JSON.stringify({
    ...platform,
    created: "2020-01-01T00:00:00Z",
    config: { Env: env, Labels: labels },
    history: layers.map((text) => ({ created: "2020-01-01T00:00:00Z", created_by: `makes ${text}` })),
    rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
    ...more,
  });
  const type = types[kind];
  const blob = (text: string, mediaType: string) => ({
    ...{ mediaType, digest: registry.put(repository, "blobs", text), size: Buffer.byteLength(text) },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type.manifest,
    config: blob(config, type.config),
    layers: layers.map((text) => blob(text, type.layer)),
    annotations: { "com.example.manifest": "kept" },
  });
  const digest = registry.put(repository, "manifests", manifest, name);
  return { mediaType: type.manifest, digest, size: Buffer.byteLength(manifest), platform };
}

/** Puts an index of images, with an attestation for each where that is asked for. Out: its digest. */
export function putWholeIndex(
  registry: TestRegistry,
  repository: string,
  name: string,
  images: readonly TestImage[],
  hasAttestations = false,
): string {
  const entries = images.map((image) => putWhole(registry, repository, image));
  const attestations = entries.map(({ digest }) => {
    const statement = { layers: [`statement on ${digest}`], architecture: "unknown" };
    return {
      ...putWhole(registry, repository, statement),
      platform: { os: "unknown", architecture: "unknown" },
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": digest,
      },
    };
  });
  const manifests = [...entries, ...(hasAttestations ? attestations : [])];
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const annotations = { "com.example.index": "kept" };
  return registry.put(repository, "manifests", { schemaVersion: 2, mediaType, manifests, annotations }, name);
}
