import { dirname, join, relative, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { followLinks } from "../../files/follow-links.ts";
import { sentPath } from "../../files/ignore-file.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { requireOurs, requireOutput, textThere, writeOrExplain } from "../project/output.ts";
import type { Project } from "../project/project.ts";
import { bakeFile } from "../targets/bake-file.ts";
import { type ProjectTarget, readTargets } from "../targets/project-target.ts";
import { secretDirectory, targetFileMark } from "../targets/target-file.ts";
import type { Terminal } from "../terminal.ts";

/** `generate --bake` and `generate --compose`: a file by which another program builds projects. Asks no registry. */
export async function generateTargets(
  paths: readonly string[],
  asked: Asked<GenerateFlags>,
  terminal: Terminal,
): Promise<void> {
  const { flags } = asked;
  const output = flags.output === undefined || flags.output === "-" ? undefined : flags.output;
  const { projects, targets } = readTargets(paths, asked, terminal);
  const here = process.cwd();
  const base = output === undefined ? here : dirname(resolve(output));
  const text =
    flags.compose === true
      ? (await import("../targets/compose-file.ts")).composeFile(targets, base)
      : bakeFile(targets, here);
  warnOfSecrets(projects, targets, flags.compose === true ? base : here, terminal.report);
  const [first] = projects;
  if (output === undefined || first === undefined) {
    terminal.print(text);
    return;
  }
  for (const project of projects) requireOutput(output, project);
  if (flags.force !== true) {
    // One that was edited has lost the mark.
    const before = textThere(output);
    requireOurs(output, before, before?.startsWith(targetFileMark) === true);
  }
  writeOrExplain(output, text, first);
}

/** Files of secrets are looked for beside the file; a project that holds them there would send them with its source. */
function warnOfSecrets(
  projects: readonly Project[],
  targets: readonly ProjectTarget[],
  base: string,
  report: Report,
): void {
  const hasFiles = targets.some(({ secrets }) => secrets.some(({ variable }) => variable === undefined));
  if (!hasFiles) return;
  const directory = join(followLinks(base).path, secretDirectory);
  for (const { directory: project, border } of projects) {
    const path = sentPath(followLinks(project).path, directory, border);
    if (path === undefined) continue;
    const shown = relative(process.cwd(), project) || ".";
    const values = { directory: secretDirectory, project: shown, path };
    report(diagnose("cli/target-secret-in-source", values, { file: shown }));
  }
}
