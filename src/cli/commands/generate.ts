import type { CompileResult } from "../../compile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { diagnosticJson } from "../../diagnostics/format.ts";
import { compileFile } from "../build/compile-detected.ts";
import { warnOfDetectionFlags, withOfferedSecrets } from "../build/run-detection.ts";
import { exitOf } from "../exit-code.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { accessFrom, openProject } from "../project/compile-project.ts";
import { withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { withVariables } from "../project/options.ts";
import { earlierOutput, writeOutput } from "../project/output.ts";
import { reportUnpublished } from "../project/unpublished.ts";
import type { Terminal } from "../terminal.ts";
import { checkFile } from "./check-file.ts";
import { generateTargets } from "./generate-targets.ts";

/**
 * `generate`: project to Dockerfile, to standard output or a file; or a check of a file made before; or projects to a file by
 * which another program builds them.
 */
export async function generate(
  paths: readonly string[],
  { flags: given, defaults }: Asked<GenerateFlags>,
  terminal: Terminal,
): Promise<number> {
  const mayDetect = given.detected === true || given.check !== undefined;
  const { flags, offered } = mayDetect ? withOfferedSecrets(given) : { flags: given, offered: [] };
  if (flags.nodeImage !== undefined && flags.selfContained !== true) {
    const values = {
      flag: "--node-image",
      reason: "a Dockerfile without `--self-contained` starts from the helper image",
      instead: "Leave it out, or add `--self-contained`.",
    };
    terminal.report(diagnose("cli/flag-without-effect", values, { file: values.flag }));
  }
  if (!mayDetect) warnOfDetectionFlags(flags, "--detected", terminal);
  if (flags.bake === true || flags.compose === true) {
    await generateTargets(paths, { flags, defaults }, terminal);
    return 0;
  }
  if (flags.cacheImage !== undefined) {
    throw new CompileError([diagnose("cli/cache-image-of-file", {}, { file: "--cache-image" })]);
  }
  const [path = "."] = paths;
  if (flags.check !== undefined) {
    return checkFile(path, { flags, defaults, offered, file: flags.check }, terminal);
  }
  const project = openProject(path, flags, terminal);
  const output = flags.output === undefined || flags.output === "-" ? undefined : flags.output;
  const earlier = output === undefined ? undefined : earlierOutput(output, project, flags.force ?? false);
  const named = withLocalBuildpacks(
    withVariables({ flags, defaults }, process.env, project.descriptor),
    project,
  );
  const access = accessFrom(named, terminal, project);
  const asked = { flags, defaults };
  const earlierCacheId = earlier?.cacheId;
  const compilation = { path, project, asked, offered, named, earlierCacheId, access };
  const result = await compileFile(compilation, terminal);
  if (typeof result === "string") return exitOf(result);
  const { scope } = result.plan.cache;
  if (scope?.base !== undefined) {
    terminal.report(
      diagnose("plan/cache-scope-base", { own: scope.own, base: scope.base }, { file: "--cache-scope" }),
    );
  }
  const { tool } = result.plan;
  if (tool.kind === "image" && !named.image) reportUnpublished(tool.reference, terminal.report);
  if (output !== undefined) writeOutput(output, project, result.files, terminal);
  if (flags.json === true) terminal.print(`${resultJson(result, terminal.reported)}\n`);
  else if (output === undefined) terminal.print(result.files.dockerfile);
  return 0;
}

/** What a script gets. The shape is public; new keys may come. */
export function resultJson({ files, plan }: CompileResult, diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify({ ...files, plan, diagnostics: diagnostics.map(diagnosticJson) }, null, 2);
}
