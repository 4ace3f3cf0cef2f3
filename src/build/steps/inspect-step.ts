import { resolve } from "node:path";
import { plainPath } from "../../files/follow-links.ts";
import { gateFaults } from "../../scan/gate.ts";
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
  const { steps } = written;
  if (written.kind === "failed") return { ending: written.ending, isOver: true, steps };
  const inspection = { directory, platforms: written.platforms };
  const faults = gateFaults(written.platforms, new Date());
  if (faults.length === 0) return { ...before, inspection, steps };
  ports.result({ inspection, faults, ...runOf(build, steps) });
  return { ending: "failed", isOver: true, inspection, steps };
};
