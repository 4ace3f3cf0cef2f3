import type { BuildEnding } from "../../build/build-ending.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { diagnosticJson } from "../../diagnostics/format.ts";
import { type OverviewDetection, overviewDetection } from "../../overview/detection.ts";
import { stageGraph } from "../../overview/graph.ts";
import { formatMermaid } from "../../overview/mermaid.ts";
import { makeOverview, type Overview } from "../../overview/overview.ts";
import { formatSvg } from "../../overview/svg.ts";
import { formatOverview } from "../../overview/text.ts";
import { present } from "../../present.ts";
import {
  detectionFaults,
  type Planned,
  runDetection,
  warnOfDetectionFlags,
  withOfferedSecrets,
} from "../build/run-detection.ts";
import { exitOf, exitUserError } from "../exit-code.ts";
import type { PlanFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { accessFrom, compileProject, openProject } from "../project/compile-project.ts";
import { withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { withVariables } from "../project/options.ts";
import { requireOutput, writeOrExplain } from "../project/output.ts";
import { type Terminal, wantsColor } from "../terminal.ts";

/**
 * `plan`: what would be built, for people, for scripts or as a picture; nothing is built and no layer is pulled, but with `--detect`, which runs
 * detection. Out: the exit code.
 */
export async function plan(
  path: string,
  { flags: given, defaults }: Asked<PlanFlags>,
  terminal: Terminal,
): Promise<number> {
  const isDetecting = given.detect === true;
  if (!isDetecting) warnOfDetectionFlags(given, "--detect", terminal);
  const { flags, offered } = isDetecting ? withOfferedSecrets(given) : { flags: given, offered: [] };
  const project = openProject(path, flags, terminal);
  const output = flags.output === undefined || flags.output === "-" ? undefined : flags.output;
  if (output !== undefined) requireOutput(output, project);
  const named = withLocalBuildpacks(
    withVariables({ flags, defaults }, process.env, project.descriptor),
    project,
  );
  const access = accessFrom(named, terminal, project);
  const result = await compileProject(project, named, undefined, access, terminal, {
    appliedByFrontend: true,
  });
  const planned = { asked: { flags, defaults }, plan: result.plan, offered };
  const detected = isDetecting ? await detect(path, planned, terminal) : noDetection;
  if (detected.ending !== "done") return exitOf(detected.ending);
  const { detections, faults } = detected;
  const overview: Overview = {
    ...makeOverview(result, [...terminal.reported, ...faults].map(diagnosticJson)),
    ...present({ detections }),
  };
  const text = await draw(overview, flags, output === undefined && wantsColor(process.stdout));
  if (output === undefined) terminal.print(text);
  else writeOrExplain(output, text, project);
  for (const fault of faults) terminal.show(fault);
  return faults.length === 0 ? 0 : exitUserError;
}

interface Detected {
  readonly ending: BuildEnding;
  /** Absent: detection was not run. */
  readonly detections?: readonly OverviewDetection[];
  /** Where no group passed. */
  readonly faults: readonly Diagnostic[];
}

const noDetection: Detected = { ending: "done", faults: [] };

async function detect(path: string, planned: Planned<PlanFlags>, terminal: Terminal): Promise<Detected> {
  const { ending, platforms } = await runDetection(path, planned, terminal);
  const detections = platforms.map(({ platform, detection }) => overviewDetection(platform, detection));
  return { ending, detections, faults: detectionFaults(platforms) };
}

async function draw(overview: Overview, { json, graph }: PlanFlags, color: boolean): Promise<string> {
  if (json === true) return `${JSON.stringify(overview, null, 2)}\n`;
  if (graph === undefined) return formatOverview(overview, { color });
  switch (graph) {
    case "mermaid":
      return formatMermaid(stageGraph(overview));
    case "svg":
      return await formatSvg(stageGraph(overview));
  }
}
