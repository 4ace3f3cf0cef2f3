import { resolve } from "node:path";
import { plainPath } from "../../files/follow-links.ts";
import { gateFaults } from "../../scan/gate.ts";
import { endingOf } from "../build-ending.ts";
import { finalOf, refusals } from "../downloads/told-downloads.ts";
import { artifactsRequest, writeArtifacts } from "../outputs/artifacts.ts";
import type { BuildStep } from "./build-step.ts";
import { formatCommand } from "./format-command.ts";
import { runOf } from "./run-of.ts";

/** Writes files about the image before there is one, which the gate may forbid. */
export const inspectStep: BuildStep = async (build, before, ports) => {
  const { order, engine, imageRequest, border } = build;
  const { artifacts: directory } = order.outputs;
  if (directory === undefined) return before;
  if (order.shown.isDryRun) {
    const outputs = [{ type: "local" as const, destination: resolve(plainPath(directory)), attributes: {} }];
    ports.print(`${formatCommand(engine.command({ ...artifactsRequest(imageRequest), outputs }))}\n`);
    return { ...before, inspection: { directory, platforms: [] } };
  }
  const written = await writeArtifacts(engine, imageRequest, { directory, border }, ports);
  const { run } = written;
  const { steps, downloads } = run;
  const refused = refusals(engine, imageRequest, run, order.run.policy.allowedDownloads);
  if (written.kind === "failed") {
    for (const fault of refused) ports.show(fault);
    return { ending: endingOf(finalOf(run, refused)), isOver: true, steps, downloads };
  }
  for (const warning of refused) ports.report(warning);
  const inspection = { directory, platforms: written.platforms };
  const faults = gateFaults(written.platforms, new Date());
  if (faults.length === 0) return { ...before, inspection, steps, downloads };
  ports.result({ inspection, faults, ...runOf(build, steps) });
  return { ending: "failed", isOver: true, inspection, steps, downloads };
};
