import { diagnosticJson } from "../../diagnostics/format.ts";
import { stageGraph } from "../../overview/graph.ts";
import { formatMermaid } from "../../overview/mermaid.ts";
import { makeOverview, type Overview } from "../../overview/overview.ts";
import { formatSvg } from "../../overview/svg.ts";
import { formatOverview } from "../../overview/text.ts";
import type { PlanFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { accessFrom, compileProject, openProject } from "../project/compile-project.ts";
import { withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { withVariables } from "../project/options.ts";
import { requireOutput, writeOrExplain } from "../project/output.ts";
import { type Terminal, wantsColor } from "../terminal.ts";

/** `plan`: what would be built, for people, for scripts or as a picture; nothing is built and no layer is pulled. */
export async function plan(
  path: string,
  { flags, defaults }: Asked<PlanFlags>,
  terminal: Terminal,
): Promise<void> {
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
  const overview = makeOverview(result, terminal.reported.map(diagnosticJson));
  const text = await draw(overview, flags, output === undefined && wantsColor(process.stdout));
  if (output === undefined) terminal.print(text);
  else writeOrExplain(output, text, project);
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
