import { goJson, goObject } from "./go-json.ts";
import type { ImageDescription, ImageLayer } from "./image-description.ts";

/** What the label says of the run image. Source: CNB platform spec, "Labels". */
interface LabelledRunImage {
  /** diffID of its last layer. */
  readonly topLayer: string;
  /** `name@sha256:…`. */
  readonly reference: string;
  readonly image?: string;
  readonly mirrors?: readonly string[];
}

/**
 * The label `io.buildpacks.lifecycle.metadata`, byte for byte as the lifecycle's exporter writes it.
 * In: the diffIDs of the image's layers, in the order of `image.layers`.
 */
export function lifecycleLabel(
  image: ImageDescription,
  diffIds: readonly string[],
  runImage: LabelledRunImage,
): string {
  const shasOf = (kind: ImageLayer["kind"]) =>
    diffIds.filter((_, index) => image.layers[index]?.kind === kind);
  const shaOf = (kind: ImageLayer["kind"]) => goObject([["sha", goJson(shasOf(kind)[0] ?? "")]]);
  const shaOfLaunchLayer = (id: string, name: string) => {
    const index = image.layers.findIndex((layer) => layer.id === id && layer.name === name);
    return goJson(diffIds[index] ?? "");
  };
  const buildpacks = image.lifecycleMetadata.buildpacks.map(({ key, version, layers, storeJson }) =>
    goObject([
      ["key", goJson(key)],
      ["version", goJson(version)],
      [
        "layers",
        goObject(layers.map((layer) => [layer.name, layerJson(shaOfLaunchLayer(key, layer.name), layer)])),
      ],
      ["store", storeJson === undefined ? undefined : goObject([["metadata", storeJson]])],
    ]),
  );
  const named: (readonly [string, string | undefined])[] = [
    ["image", runImage.image === undefined ? undefined : goJson(runImage.image)],
    ["mirrors", runImage.mirrors?.length ? goJson(runImage.mirrors) : undefined],
  ];
  return goObject([
    [
      "app",
      `[${shasOf("app")
        .map((sha) => goObject([["sha", goJson(sha)]]))
        .join(",")}]`,
    ],
    ["sbom", shasOf("sbom").length === 0 ? undefined : shaOf("sbom")],
    ["buildpacks", `[${buildpacks.join(",")}]`],
    ["config", shaOf("config")],
    ["launcher", shaOf("launcher")],
    ["process-types", shaOf("process-types")],
    [
      "runImage",
      goObject([
        ["topLayer", goJson(runImage.topLayer)],
        ["reference", goJson(runImage.reference)],
        ...named,
      ]),
    ],
    ["stack", goObject([["runImage", goObject(named)]])],
  ]);
}

interface LayerFacts {
  readonly dataJson: string;
  readonly build: boolean;
  readonly launch: boolean;
  readonly cache: boolean;
}

/** A layer as both the label and the cache's metadata hold it; `sha` is JSON already. */
export function layerJson(sha: string, { dataJson, build, launch, cache }: LayerFacts): string {
  return goObject([
    ["sha", sha],
    ["data", dataJson],
    ["build", goJson(build)],
    ["launch", goJson(launch)],
    ["cache", goJson(cache)],
  ]);
}
