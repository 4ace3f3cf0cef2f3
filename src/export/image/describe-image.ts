import { formatImageDescription, type ImageDescription } from "../../contract/image-description.ts";
import type { LayerMeasure } from "../../contract/layer-measure.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, textOf } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { limits } from "../limits.ts";
import type { BuildMetadata } from "./build-metadata.ts";
import type { BuildpackLayers } from "./buildpack-layers.ts";
import type { LayerPlan } from "./image-layers.ts";
import { staticLabels } from "./labels.ts";
import { entrypointOf } from "./process-types.ts";

interface DescriptionRequest {
  /** Absolute paths, as they are in the image. */
  readonly layersDirectory: ByteString;
  readonly appDirectory: ByteString;
  /** Absent: the buildpacks' default process, if any, is what the image starts. */
  readonly processType?: string;
  readonly platformApi: string;
  /** Absent: the build label names none. */
  readonly lifecycleVersion?: string;
  readonly execEnv: string;
  readonly metadata: BuildMetadata;
  readonly buildpacks: readonly BuildpackLayers[];
  readonly plans: readonly LayerPlan[];
  /** Of each plan; undefined: it is not known. */
  readonly measures: readonly (LayerMeasure | undefined)[];
}

/** The text of `image.json`. Throws CompileError `export/too-large`: a frontend gets it in one message, and most of it goes into labels. */
export function describeImage(request: DescriptionRequest): string {
  const text = formatImageDescription(descriptionOf(request));
  const [sizeBytes, limitBytes] = [Buffer.byteLength(text), limits.metadataBytes];
  if (sizeBytes <= limitBytes) return text;
  const path = "The buildpacks' metadata of their layers";
  throw new CompileError([
    diagnose("export/too-large", { path, sizeBytes, limitBytes, buildpack: undefined }),
  ]);
}

/** Everything about the image that is known here. Source: CNB platform spec, "exporter". */
function descriptionOf(request: DescriptionRequest): ImageDescription {
  const { metadata, buildpacks, plans } = request;
  const { platformApi, lifecycleVersion, execEnv } = request;
  const appDirectory = textOf(request.appDirectory);
  return {
    version: 1,
    layers: plans.map(({ layer }, index) => ({ ...layer, ...present({ measure: request.measures[index] }) })),
    config: {
      env: [
        { name: "CNB_LAYERS_DIR", value: textOf(request.layersDirectory) },
        { name: "CNB_APP_DIR", value: appDirectory },
        { name: "CNB_PLATFORM_API", value: platformApi },
        { name: "CNB_DEPRECATION_MODE", value: "quiet" },
      ],
      pathPrefix: "/cnb/process:/cnb/lifecycle:",
      entrypoint: [entrypointOf(metadata, request.processType)],
      cmd: [],
      workingDirectory: appDirectory,
    },
    processes: metadata.processes.map((process) => ({
      type: process.type,
      command: process.command,
      args: process.args ?? [],
      direct: process.direct,
      default: process.type === (request.processType ?? metadata["buildpack-default-process-type"]),
      ...present({ workingDirectory: process["working-dir"] }),
    })),
    labels: staticLabels({
      metadata,
      ...present({ lifecycleVersion }),
      // Execution environments came with 0.15.
      ...(platformApi === "0.15" ? { execEnv } : {}),
    }),
    lifecycleMetadata: { buildpacks: buildpacks.map(describeBuildpack) },
  };
}

function describeBuildpack({
  id,
  version,
  layers,
  storeJson,
}: BuildpackLayers): ImageDescription["lifecycleMetadata"]["buildpacks"][number] {
  return {
    key: id,
    version,
    layers: layers
      .filter(({ launch }) => launch)
      .map(({ name, dataJson, build, launch, cache }) => ({
        name: textOf(name),
        dataJson,
        build,
        launch,
        cache,
      })),
    ...present({ storeJson }),
  };
}
