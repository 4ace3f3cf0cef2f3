import * as v from "valibot";
import { execEnvLabel, lifecycleMetadataLabel } from "../contract/label-names.ts";
import { entries } from "../image/entries.ts";
import type { PlatformImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import { decodeLabel } from "./decode-label.ts";

/** What one platform's image of an app says of how it was made. */
export interface PreviousImageMetadata {
  readonly platform: Platform;
  /** Digests of its unpacked layers, lowest first. */
  readonly diffIds: readonly string[];
  /** Absent: it was built below Platform API 0.15, which has no execution environments. */
  readonly execEnv?: string;
  /** Absent: it has no such label, as no image that plain BuildKit made. */
  readonly lifecycle?: LifecycleMetadata;
}

/** The label `io.buildpacks.lifecycle.metadata`, as far as a later build has use for it. */
export interface LifecycleMetadata {
  /** diffID of the run image's last layer. */
  readonly topLayer: string;
  /** Names of the run image: with its digest, as the builder lists it, and its mirrors. */
  readonly runImages: readonly string[];
  /** diffID of the layer with the bills of materials; absent: there is none. */
  readonly sbom?: string;
  readonly buildpacks: readonly PreviousBuildpack[];
}

interface PreviousBuildpack {
  readonly id: string;
  readonly layers: readonly PreviousLayer[];
  /** The table [metadata] of its store.toml, as JSON holds it; absent: it wrote no store.toml. */
  readonly store?: Readonly<Record<string, unknown>>;
}

/** A launch layer. */
export interface PreviousLayer {
  /** Name of one directory. */
  readonly name: string;
  /** diffID. */
  readonly sha: string;
  readonly build: boolean;
  readonly launch: boolean;
  readonly cache: boolean;
  /** The value [metadata] of its <layer>.toml, as JSON holds it; undefined or null: it had none. */
  readonly data: unknown;
}

/** Go takes `null` for whatever is empty. */
const text = v.nullish(v.string(), "");
const texts = v.nullish(v.array(v.string()), []);
const flag = v.nullish(v.boolean(), false);
const sha = v.nullish(v.object({ sha: text }));
/** The restorer writes `<layers>/<buildpack>/<name>.toml`; it must not be led elsewhere. */
const layerName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[^/\0]+$/));

/** Deeper than any buildpack's, and no danger to whoever walks it. */
const maxDepth = 64;
const data = v.pipe(
  v.unknown(),
  v.check((value) => isWithin(value, maxDepth), `is nested more than ${maxDepth} deep`),
);

const schema = v.object({
  sbom: sha,
  buildpacks: v.nullish(
    v.array(
      v.object({
        key: v.string(),
        layers: v.nullish(
          entries(
            layerName,
            v.object({ sha: text, data: v.optional(data), build: flag, launch: flag, cache: flag }),
          ),
          {},
        ),
        store: v.nullish(v.object({ metadata: v.nullish(entries(v.string(), data)) })),
      }),
    ),
    [],
  ),
  runImage: v.nullish(v.object({ topLayer: text, reference: text, image: text, mirrors: texts })),
});

/**
 * Reads one platform's image of an app. Throws CompileError where its label is not JSON or has another shape.
 * Source: CNB platform spec, "Labels".
 */
export function readPreviousImage({ platform, config }: PlatformImage, image: string): PreviousImageMetadata {
  const label = decodeLabel(config, lifecycleMetadataLabel, schema, image, "builder/app-label-unreadable");
  const execEnv = config.labels[execEnvLabel];
  return {
    platform,
    diffIds: config.diffIds ?? [],
    ...(execEnv === undefined || execEnv === "" ? {} : { execEnv }),
    ...(label === undefined ? {} : { lifecycle: lifecycleMetadata(label) }),
  };
}

function lifecycleMetadata({ sbom, buildpacks, runImage }: v.InferOutput<typeof schema>): LifecycleMetadata {
  const { topLayer = "", reference = "", image = "", mirrors = [] } = runImage ?? {};
  return {
    topLayer,
    runImages: [reference, image, ...mirrors].filter((name) => name !== ""),
    ...(sbom == null || sbom.sha === "" ? {} : { sbom: sbom.sha }),
    buildpacks: buildpacks.map(({ key, layers, store }) => ({
      id: key,
      layers: Array.from(layers, ([name, layer]) => ({ name, ...layer, data: layer.data })),
      ...(store == null ? {} : { store: Object.fromEntries(store.metadata ?? []) }),
    })),
  };
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isWithin(child, depth - 1));
}
