import * as v from "valibot";
import { digestSchema } from "../../image/digest.ts";
import { record } from "../../image/record.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { readTomlFile } from "../checked-file.ts";

/** Name of the file that describes the memory, beside the lifecycle's own that describes the cache. */
export const memoryName = "cnb-dockerfile.json";

const sizeBytes = v.pipe(v.number(), v.integer(), v.minValue(0));
/** The restorer writes `<layers>/<buildpack>/<name>.toml`; it must not be led elsewhere. */
const layerName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[^/\0]+$/));

const json = v.pipe(v.string(), v.check(isJson, "is not JSON"));

const tarSchema = v.strictObject({ sha: digestSchema, sizeBytes });
const memorySchema = v.strictObject({
  version: v.literal(1),
  /** What the image was made upon and for; another build's has to be equal. */
  base: v.string(),
  buildpacks: v.array(
    v.strictObject({
      id: v.string(),
      /** Launch layers that are not cached, sorted by name. */
      layers: v.array(
        v.strictObject({
          name: layerName,
          /** Its metadata, which its buildpack is offered; absent: it was for the build, too, and nobody is. */
          dataJson: v.optional(json),
          ...tarSchema.entries,
        }),
      ),
      /** Absent: it wrote no store.toml. */
      storeJson: v.optional(json),
    }),
  ),
  /** Bills of materials of those layers; absent: they have none. */
  sbom: v.optional(tarSchema),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A tar, by its digest. */
export type StoredTarName = v.InferOutput<typeof tarSchema>;

/**
 * What the last image of an app had, beside cached layers: launch layers, which a buildpack may keep without making them, and
 * stores. pack reads that from the image that is being replaced. Source: CNB platform spec, "restorer"; lifecycle, exporter.
 */
export type Memory = v.InferOutput<typeof memorySchema>;

/** Undefined: the text is another release's, or damaged; the buildpacks make everything anew. */
export function parseMemory(text: string): Memory | undefined {
  try {
    const { success, output } = v.safeParse(memorySchema, JSON.parse(text));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

export function formatMemory(memory: Memory): string {
  return `${JSON.stringify(memory)}\n`;
}

/** A memory as it is copied: its text, empty where there is none, and the digests of its tars. */
export function carriedMemory(memory: Memory | undefined): {
  readonly text: string;
  readonly tars: readonly string[];
} {
  if (memory === undefined) return { text: "", tars: [] };
  const { buildpacks, sbom } = memory;
  const tars = [...buildpacks.flatMap(({ layers }) => layers), ...(sbom === undefined ? [] : [sbom])];
  return { text: formatMemory(memory), tars: [...new Set(tars.map(({ sha }) => sha))] };
}

const analyzedSchema = v.object({ "run-image": record(v.string(), v.unknown()) });

export interface BaseRequest {
  /** Directory with an analyzed.toml for each platform, as the compiler wrote it. */
  readonly platformsDirectory: ByteString;
  /** `linux/arm64`. */
  readonly platform: string;
  readonly execEnv: string;
}

/**
 * What has to be the same for a layer to be kept: the run image's name and target, without its digest, and the execution
 * environment. Throws CompileError.
 */
export function memoryBase({ platformsDirectory, platform, execEnv }: BaseRequest): string {
  const path = `/${platform}/analyzed.toml`;
  const { "run-image": runImage } = readTomlFile(platformsDirectory, path, analyzedSchema);
  return baseOf(runImage, execEnv);
}

/** The same of what analyzed.toml says of the run image. */
export function baseOf(runImage: Readonly<Record<string, unknown>>, execEnv: string): string {
  return JSON.stringify({ runImage, execEnv });
}
