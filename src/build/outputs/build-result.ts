import { relative } from "node:path";
import * as v from "valibot";
import { type ImageLayers, imageLayersKey, parseImageLayers } from "../../contract/layer-measure.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { diagnosticJson } from "../../diagnostics/format.ts";
import type { Engine } from "../../engines/engine.ts";
import type { BuildOutput } from "../../engines/outputs/build-output.ts";
import { present } from "../../present.ts";
import type { ScannedPlatform } from "../../scan/text.ts";
import { verdictSchema } from "../../scan/verdict.ts";
import { type BuildRun, buildRunFields, buildRunJson } from "./build-run.ts";

const metadataSchema = v.looseObject({
  "containerimage.digest": v.optional(v.string()),
  "containerimage.config.digest": v.optional(v.string()),
  [imageLayersKey]: v.optional(v.unknown()),
});

/** What BuildKit says of a finished build. */
interface BuildAnswer {
  /** Of the index, or of the only manifest; absent: no image was made. */
  readonly digest?: string;
  /** By which docker knows the image: its config's digest where there is one config, else the index's. */
  readonly imageId?: string;
  /** What our frontend says of the app's layers; absent: it made no image. */
  readonly layers?: ImageLayers;
}

/** Reads BuildKit's answer; one that is missing or odd says nothing. */
export function readAnswer(text: string): BuildAnswer {
  try {
    const read = v.safeParse(metadataSchema, JSON.parse(text));
    if (!read.success) return {};
    const { "containerimage.digest": digest, "containerimage.config.digest": config } = read.output;
    const imageId = config ?? digest;
    const told = read.output[imageLayersKey];
    const layers = typeof told === "string" ? parseImageLayers(told) : undefined;
    return present({ digest, imageId, layers });
  } catch {
    return {};
  }
}

/** What is known of an image beside it. */
export interface InspectionResult {
  /** As the user wrote it. */
  readonly directory: string;
  readonly platforms: readonly ScannedPlatform[];
}

const imageFields = {
  digest: v.exactOptional(
    v.pipe(
      v.string(),
      v.description("Digest of the index, or of the only manifest. Absent: no image was built."),
    ),
  ),
  imageId: v.exactOptional(v.pipe(v.string(), v.description("Image ID in Docker."))),
  tags: v.exactOptional(
    v.pipe(
      v.array(v.string()),
      v.description("Image names with registry and tag. Absent: no image was built."),
    ),
  ),
};

/** `build --json`; `schema/build.schema.json` is made of this. */
export const buildResultSchema = v.object({
  schemaVersion: v.literal(1),
  ...imageFields,
  artifacts: v.exactOptional(
    v.object({
      directory: v.string(),
      platforms: v.array(
        v.object({
          platform: v.pipe(v.string(), v.description("`linux/arm64`.")),
          packages: v.pipe(v.number(), v.description("Number of packages that the scanner found.")),
          verdict: verdictSchema,
        }),
      ),
    }),
  ),
  ...buildRunFields,
  diagnostics: v.pipe(
    v.array(v.looseObject({ severity: v.string(), code: v.string(), message: v.string(), url: v.string() })),
    v.description(
      "Warnings of cnb-dockerfile and findings of the gate. BuildKit's output goes to standard error.",
    ),
  ),
});

/** What came of a build. */
export interface BuildResult {
  /** Absent: there is none. */
  readonly image?: MadeImage;
  /** Absent: nobody asked. */
  readonly inspection?: InspectionResult;
  /** Absent: nobody asked. */
  readonly run?: BuildRun;
  /** What the gate found, or what could not be written. */
  readonly faults: readonly Diagnostic[];
}

/** An image, and where it is. */
interface MadeImage {
  readonly engine: Engine;
  readonly outputs: readonly BuildOutput[];
  /** Names with registry and tag. */
  readonly tags: readonly string[];
  /** As the user wrote them, or the name that was chosen. */
  readonly shownTags: readonly string[];
  readonly platformCount: number;
  readonly answer: BuildAnswer;
}

/** What came of a build, for scripts. In: the warnings before. */
export function buildResultJson(
  { image, inspection, run, faults }: BuildResult,
  reported: readonly Diagnostic[],
): string {
  const value = {
    schemaVersion: 1,
    ...(image === undefined ? {} : { ...imageJson(image.answer), tags: image.tags }),
    ...present({ artifacts: inspection }),
    ...(run === undefined ? {} : buildRunJson({ ...run, ...present({ layers: image?.answer.layers }) })),
    diagnostics: [...reported, ...faults].map(diagnosticJson),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function imageJson({ digest, imageId }: BuildAnswer) {
  return present({ digest, imageId });
}

/** Where the image is, and how to run it: a line for each place. */
export function describeImage({
  engine,
  outputs,
  shownTags: tags,
  platformCount,
  answer,
}: MadeImage): string[] {
  const [name = "the image"] = tags;
  const digest = answer.digest === undefined ? "" : ` (${answer.digest})`;
  return outputs.flatMap((output) => {
    const { type, destination, attributes } = output;
    const path = destination === undefined ? undefined : relative(process.cwd(), destination) || destination;
    if (destination === "-" || type === "cacheonly") return [];
    const names = attributes.name ?? tags.join(", ");
    if (attributes.push === "true" || type === "registry") {
      return [`Pushed: ${names}${digest}. Run it: docker run --rm ${name}`];
    }
    if (path !== undefined && (type === "oci" || type === "docker")) {
      return [`Written: ${path}${digest}. ${archiveUse(path, name, type, platformCount, attributes)}`];
    }
    if (path !== undefined) return [`Written: ${path}`];
    if (type === "docker") return [`Loaded into Docker: ${names}${digest}. Run it: docker run --rm ${name}`];
    if (engine.store.kind === "containerd") {
      const { namespace } = engine.store;
      return [
        `Loaded into containerd, namespace ${namespace}: ${names}${digest}. Run it: nerdctl --namespace ${namespace} run --rm ${name}`,
      ];
    }
    return [
      `Built: ${names}${digest}. It is only in BuildKit's cache; use --push, --load or --output to keep it.`,
    ];
  });
}

function archiveUse(
  path: string,
  name: string,
  type: string,
  platformCount: number,
  attributes: Readonly<Record<string, string>>,
): string {
  if (attributes.tar === "false") return `Copy it: skopeo copy --all oci:${path} docker://${name}`;
  if (type === "docker") return `Run it: docker load --input ${path} && docker run --rm ${name}`;
  return platformCount > 1
    ? `Copy it: skopeo copy --all oci-archive:${path} docker://${name}; Docker can load it with the containerd image store`
    : `Run it: podman run --rm oci-archive:${path}`;
}
