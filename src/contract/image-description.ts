import * as v from "valibot";
import { digestSchema } from "../image/digest.ts";
import { record } from "../image/record.ts";

const text = v.string();
const texts = v.array(text);
const id = v.pipe(v.number(), v.integer(), v.minValue(0));

const layerSchema = v.strictObject({
  kind: v.picklist(["launch", "sbom", "app", "launcher", "config", "process-types"]),
  /** Buildpack and name of a launch layer. */
  id: v.optional(text),
  name: v.optional(text),
  /** Absolute paths in the image of what the layer is about, without the directories above. */
  paths: texts,
  /**
   * Where the files are: as the buildpacks left them in the stage `build`; laid out in the stage `export` by this program,
   * because no phase left them as they go into the image; as they were restored, because no buildpack changed them; in the previous
   * image, which a buildpack kept them of; or in a tar in the stage `cached`, which a buildpack kept them of, below the directory
   * `layer` in it.
   */
  source: v.strictObject({
    stage: v.picklist(["build", "export", "restored", "previous", "cached"]),
    path: text,
  }),
  /** Absolute path in the image that `source` becomes; `/`: the contents of `source` lie below the root. */
  destination: text,
  user: v.strictObject({ uid: id, gid: id }),
  /** `created_by` of the history entry. */
  history: text,
  /** The tree below the output directory that holds the layer, as `launch-1`; several layers may share one. */
  slot: text,
  /** What BuildKit will find of the layer; absent: it takes a look at what BuildKit has copied. */
  measure: v.optional(v.strictObject({ digest: digestSchema, sizeBytes: id })),
});

const bool = v.boolean();

/** The file `image.json`: all about the image but for digests and what only the run image knows. */
const imageDescriptionSchema = v.strictObject({
  version: v.literal(1),
  /** In the order in which they lie upon the run image. */
  layers: v.array(layerSchema),
  config: v.strictObject({
    /** To be set in this order, each replacing one of the same name. */
    env: v.array(v.strictObject({ name: text, value: text })),
    /** Stands before the run image's own PATH, which may be empty. */
    pathPrefix: text,
    entrypoint: texts,
    cmd: texts,
    workingDirectory: text,
  }),
  processes: v.array(
    v.strictObject({
      type: text,
      command: texts,
      args: texts,
      direct: bool,
      default: bool,
      workingDirectory: v.optional(text),
    }),
  ),
  /** Labels that need no digests; `io.buildpacks.lifecycle.metadata` comes from `lifecycleMetadata`. */
  labels: record(text, text),
  lifecycleMetadata: v.strictObject({
    buildpacks: v.array(
      v.strictObject({
        key: text,
        version: text,
        /** Launch layers only, in the order of `layers` above. */
        layers: v.array(
          v.strictObject({ name: text, dataJson: text, build: bool, launch: bool, cache: bool }),
        ),
        /** Absent: the buildpack wrote no store.toml. */
        storeJson: v.optional(text),
      }),
    ),
  }),
});

export type ImageDescription = v.InferOutput<typeof imageDescriptionSchema>;
export type ImageLayer = ImageDescription["layers"][number];

/** Reads `image.json`. Throws ValiError or SyntaxError: the file is ours, so a fault in it is our bug. */
export function parseImageDescription(json: string): ImageDescription {
  return v.parse(imageDescriptionSchema, JSON.parse(json));
}

/** The text of `image.json`; the keys keep their order, so that equal images have equal files. */
export function formatImageDescription(description: ImageDescription): string {
  return `${JSON.stringify(v.parse(imageDescriptionSchema, description), undefined, 2)}\n`;
}
