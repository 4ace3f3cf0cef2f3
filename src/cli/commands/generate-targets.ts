import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { readOrExplain } from "../../files/text-file.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { requireOutput, writeOrExplain } from "../project/output.ts";
import { bakeFile } from "../targets/bake-file.ts";
import { readTargets } from "../targets/project-target.ts";
import { targetFileMark } from "../targets/target-file.ts";
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
  const text =
    flags.compose === true
      ? (await import("../targets/compose-file.ts")).composeFile(
          targets,
          output === undefined ? here : dirname(resolve(output)),
        )
      : bakeFile(targets, here);
  const [first] = projects;
  if (output === undefined || first === undefined) {
    terminal.print(text);
    return;
  }
  for (const project of projects) requireOutput(output, project);
  if (flags.force !== true) requireOwn(output);
  writeOrExplain(output, text, first);
}

/** Throws CompileError where somebody else's file would be lost, or one that was edited. */
function requireOwn(output: string): void {
  const text = existsSync(output) ? (readOrExplain(output) ?? "") : "";
  if (text.trim() === "" || text.startsWith(targetFileMark)) return;
  throw new CompileError([diagnose("cli/not-generated", { path: output }, { file: output })]);
}
