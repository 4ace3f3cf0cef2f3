import { resolve } from "node:path";
import { plainPath } from "../../files/follow-links.ts";
import { gateFaults } from "../../scan/gate.ts";
import { artifactsRequest, writeArtifacts } from "../outputs/artifacts.ts";
import type { BuildStep } from "./build-step.ts";
import { formatCommand } from "./format-command.ts";

/** Writes files about the image before there is one, which the gate may forbid. */
export const inspectStep: BuildStep = async ({ order, engine, imageRequest, border }, before, ports) => {
  const { artifacts: directory } = order.outputs;
  if (directory === undefined) return before;
  if (order.shown.isDryRun) {
    const outputs = [{ type: "local" as const, destination: resolve(plainPath(directory)), attributes: {} }];
    ports.print(`${formatCommand(engine.command({ ...artifactsRequest(imageRequest), outputs }))}\n`);
    return { ...before, inspection: { directory, platforms: [] } };
  }
  const written = await writeArtifacts(engine, imageRequest, { directory, border }, ports);
  if (written.kind === "failed") return { ending: written.ending, isOver: true };
  const inspection = { directory, platforms: written.platforms };
  const faults = gateFaults(written.platforms, new Date());
  if (faults.length === 0) return { ...before, inspection };
  ports.result({ inspection, faults });
  return { ending: "failed", isOver: true, inspection };
};
