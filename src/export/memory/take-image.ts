import { statSync } from "node:fs";
import * as v from "valibot";
import { escapeId } from "../../contract/escape-id.ts";
import { goJson } from "../../contract/go-json.ts";
import { record } from "../../image/record.ts";
import { type ByteString, byteStringOf, bytesOf } from "../../layer/byte-string.ts";
import { readMemory, repairCache } from "../cache/cache-directory.ts";
import { CacheStore } from "../cache/cache-store.ts";
import { readTomlFile } from "../checked-file.ts";
import type { BuildpackLayers } from "../image/buildpack-layers.ts";
import type { Log } from "../log.ts";
import { hasImageDirectory } from "./image-directory.ts";
import { KeptLayers } from "./kept-layers.ts";
import { baseOf } from "./memory.ts";
import { makeMemory } from "./write-memory.ts";

interface TakeRequest {
  readonly cacheDirectory: ByteString;
  /** Directory with analyzed.toml, which says what of the image may be kept. */
  readonly offerDirectory: ByteString;
  /** Root of the image. */
  readonly imageDirectory: ByteString;
  readonly execEnv: string;
}

const flag = v.optional(v.boolean(), false);
const offeredLayer = v.object({ build: flag, cache: flag, metadata: v.optional(v.unknown()) });

const offerSchema = v.object({
  "run-image": record(v.string(), v.unknown()),
  metadata: v.object({
    buildpacks: v.array(
      v.object({
        key: v.string(),
        layers: v.optional(record(v.string(), offeredLayer), {}),
        store: v.optional(v.object({ metadata: v.unknown() })),
      }),
    ),
  }),
});

/** Where an image has its layers. Source: CNB platform spec, "exporter". */
const layersDirectory = "/layers";

/** Whether something is remembered in an app's cache. */
export function hasMemory(cacheDirectory: ByteString): boolean {
  repairCache(cacheDirectory);
  return readMemory(cacheDirectory) !== undefined;
}

/**
 * Fills an empty memory from an image of the app, as its own build would have left it. Cached layers stay as they are. Throws
 * CompileError, or node's error; the cache is then as it was.
 */
export function takeImage(request: TakeRequest, log: Log): void {
  const { cacheDirectory, offerDirectory, imageDirectory, execEnv } = request;
  if (hasMemory(cacheDirectory)) return;
  const offer = readTomlFile(offerDirectory, "/analyzed.toml", offerSchema);
  // The owner that BuildKit gave the mount: the build user.
  const { uid, gid } = statSync(bytesOf(cacheDirectory));
  const store = new CacheStore(cacheDirectory, { uid, gid });
  try {
    const memory = makeMemory({
      ...{ root: imageDirectory, layersDirectory, owner: { uid, gid }, tars: store, old: undefined, log },
      base: baseOf(offer["run-image"], execEnv),
      kept: KeptLayers.none(),
      buildpacks: offer.metadata.buildpacks.map((buildpack) => layersIn(imageDirectory, buildpack)),
    });
    store.commitMemory(memory);
  } catch (error) {
    store.discard();
    throw error;
  }
}

type OfferedBuildpack = v.InferOutput<typeof offerSchema>["metadata"]["buildpacks"][number];

function layersIn(root: ByteString, { key, layers, store }: OfferedBuildpack): BuildpackLayers {
  const directory = `${layersDirectory}/${byteStringOf(escapeId(key))}`;
  const found = Object.entries(layers)
    .filter(([, { cache }]) => !cache)
    .map(([text, { metadata, ...types }]) => {
      const name = byteStringOf(text);
      return { ...{ name, path: `${directory}/${name}`, dataJson: goJson(metadata) }, ...types };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ path }) => hasImageDirectory(root, path));
  return {
    ...{ id: key, version: "" },
    layers: found.map((layer) => ({ ...layer, hasContents: true, launch: true })),
    ...(store === undefined ? {} : { storeJson: goJson(store.metadata) }),
  };
}
