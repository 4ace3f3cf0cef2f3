import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest, FrontendImage, NamedContext } from "../../engines/build-request.ts";
import { present } from "../../present.ts";
import type { BuildOrder } from "../build-order.ts";
import type { FoundSource, ProjectValues } from "../build-ports.ts";
import type { HandedTexts } from "../handed/handed-files.ts";
import { revisionAnnotations, revisionLabel } from "./revision.ts";

/** Says a build to an engine, whichever that is: all but where its result goes. In: what is handed over, with plain paths. */
export function makeRequest(
  { image, outputs, run, shown }: BuildOrder,
  handed: HandedTexts,
  { source, what, work }: FoundSource,
  project: ProjectValues,
  frontend: FrontendImage | undefined,
): BuildRequest {
  const { platforms, tags, target } = image;
  const { progress, isDryRun } = shown;
  const tellsDownloads = outputs.files.downloads !== undefined || run.policy.allowedDownloads !== undefined;
  // A download is told with its step.
  const tellsSteps = shown.tellsSteps || tellsDownloads;
  return {
    context: source.directory,
    file: what.file,
    ...present({ frontend }),
    ...{ platforms, tags, outputs: [] },
    buildArguments: Array.from(project.buildArguments, ([name, value]) => ({ name, value })),
    labels: [...(image.hasGitMetadata ? [revisionLabel(source)] : []), ...image.labels],
    annotations: [
      ...image.annotations,
      ...revisionAnnotations(source, platforms.length, outputs.describesArchive),
    ],
    ...present({ target }),
    ...{ noCache: run.noCache, noCacheFilter: run.noCacheFilter, pull: run.pull, limits: run.limits },
    secrets: [...(handed.secret ?? []), ...project.secrets],
    ssh: handed.ssh ?? [],
    cacheFrom: handed.cacheFrom ?? [],
    cacheTo: handed.cacheTo ?? [],
    buildContexts: [...(handed.buildContext ?? []).map(readContext), ...project.contexts],
    attestations: image.attestations,
    progress,
    ...(isDryRun ? {} : { metadataFile: join(work, "metadata.json") }),
    // A quiet build says nothing of warnings; buildx shows none then, either.
    ...(isDryRun || (progress === "quiet" && !tellsSteps) ? {} : { traceFile: join(work, "trace.json") }),
    ...(tellsSteps && !isDryRun ? { tellsSteps } : {}),
    ...(tellsDownloads && !isDryRun ? { referenceFile: join(work, "reference") } : {}),
  };
}

function readContext(text: string): NamedContext {
  const at = text.indexOf("=");
  if (at < 1)
    throw new CompileError([diagnose("cli/bad-build-context", { text }, { file: "--build-context" })]);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}
