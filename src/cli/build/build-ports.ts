import type { BuildPorts } from "../../build/build-ports.ts";
import {
  type BuildResult,
  buildResultJson,
  describeImage,
  type InspectionResult,
} from "../../build/outputs/build-result.ts";
import { ageWarnings, ignoreWarnings } from "../../scan/gate.ts";
import { formatScans } from "../../scan/text.ts";
import type { BuildFlags } from "../flags.ts";
import { noDefaults, type OperatorDefaults } from "../operator-defaults.ts";
import { type Terminal, wantsColor } from "../terminal.ts";
import { describeProject } from "./describe-project.ts";
import { withOperatorChoices, withOperatorSecrets } from "./operator-choices.ts";

/**
 * Where a build speaks, and what flags say of the project that it finds. In: what the operator says where they do not; absent:
 * nothing.
 */
export function buildPorts(
  flags: BuildFlags,
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  defaults: OperatorDefaults = noDefaults,
): BuildPorts {
  const { quiet: isQuiet = false, json: isJson = false } = flags;
  return {
    report: terminal.report,
    show: (fault) => terminal.show(fault),
    tell: terminal.tell,
    progress: (line) => {
      if (!isQuiet) terminal.tell(line);
    },
    print: (text) => terminal.print(text),
    result: (result) => tellResult(result, { isQuiet, isJson }, terminal),
    know: (directory, file, text) => terminal.know(directory, file, text),
    describe: async (found) => {
      const chosen = withOperatorChoices(flags, found, defaults, terminal.report);
      const values = await describeProject(chosen, found, env, terminal.report);
      return withOperatorSecrets(values, found, chosen, defaults);
    },
    input: process.stdin,
    hasColors: wantsColor(process.stderr),
  };
}

interface Form {
  /** Whether the image's id is enough. */
  readonly isQuiet: boolean;
  readonly isJson: boolean;
}

function tellResult(result: BuildResult, { isQuiet, isJson }: Form, terminal: Terminal): void {
  const { image, inspection, faults } = result;
  if (image !== undefined && isQuiet && !isJson) terminal.print(`${image.answer.imageId ?? ""}\n`);
  if (image !== undefined && !isQuiet) for (const line of describeImage(image)) terminal.tell(line);
  if (inspection !== undefined) tellInspection(inspection, isQuiet, terminal);
  for (const fault of faults) terminal.show(fault);
  if (isJson) terminal.print(buildResultJson(result, terminal.reported));
}

function tellInspection(
  { directory, platforms }: InspectionResult,
  isQuiet: boolean,
  terminal: Terminal,
): void {
  const now = new Date();
  for (const warning of [...ageWarnings(platforms, now), ...ignoreWarnings(platforms)]) {
    terminal.report(warning);
  }
  if (isQuiet || platforms.length === 0) return;
  terminal.tellDrawn(formatScans(platforms, { color: wantsColor(process.stderr), now }).trimEnd());
  terminal.tell(`Written: ${directory}`);
}
