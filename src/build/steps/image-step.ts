import { OutputFiles } from "../../engines/outputs/output-files.ts";
import { readOrExplain } from "../../files/text-file.ts";
import { present } from "../../present.ts";
import { endingOf } from "../build-ending.ts";
import { makeCacheDirectories } from "../caches/local-cache.ts";
import { cachedDownloads, downloadsText, finalOf, refusals } from "../downloads/told-downloads.ts";
import { readAnswer } from "../outputs/build-result.ts";
import { writeResultFiles } from "../outputs/result-files.ts";
import type { BuildStep } from "./build-step.ts";
import { formatCommand } from "./format-command.ts";
import { runHandingOver } from "./handover.ts";
import { runOf } from "./run-of.ts";

/** Makes the image. A file about it that cannot be written is a fault, and takes away neither the image nor the steps after. */
export const imageStep: BuildStep = async (build, before, ports) => {
  const { order, engine, border, imageRequest: request, outputs, shownTags } = build;
  if (order.shown.isDryRun) {
    ports.print(`${formatCommand(engine.command({ ...request, outputs }))}\n`);
    return before;
  }
  const files = new OutputFiles(border.outputs);
  try {
    makeCacheDirectories(request);
    const redirected = { ...request, outputs: outputs.map((output) => files.redirect(output)) };
    const ended = await runHandingOver(engine, redirected, ports);
    const steps = [...before.steps, ...ended.steps];
    const downloads = [...before.downloads, ...ended.downloads];
    const refused = refusals(engine, request, ended, order.run.policy.allowedDownloads);
    const ending = endingOf(finalOf(ended, refused));
    if (ending !== "done") {
      ports.result({ ...runOf(build, steps), faults: refused });
      return { ...before, ending, isOver: true, steps, downloads };
    }
    for (const warning of refused) ports.report(warning);
    files.commit();
    // BuildKit says nothing of a result that is no image.
    const text = (request.metadataFile && readOrExplain(request.metadataFile)) ?? "{}";
    const answer = readAnswer(text);
    const contents = {
      metadataFile: text,
      iidfile: answer.imageId ?? "",
      downloads: downloadsText(engine, request, downloads),
    };
    const { downloads: list } = order.outputs.files;
    if (list !== undefined) for (const warning of cachedDownloads(downloads, list)) ports.report(warning);
    const faults = writeResultFiles(order.outputs.files, border, contents);
    const tags = request.tags.length > 0 ? request.tags : shownTags;
    const image = { engine, outputs, tags, shownTags, platformCount: request.platforms.length, answer };
    const { inspection } = before;
    ports.result({ image, ...present({ inspection }), ...runOf(build, steps), faults });
    const after = { ...before, steps, downloads };
    return faults.length > 0 ? { ...after, ending: "failed" } : after;
  } finally {
    files.discard();
  }
};
