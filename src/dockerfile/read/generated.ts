import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { formatReference, parseReference } from "../../image/reference.ts";
import type { AppPlan } from "../../plan/lifecycle-plan.ts";
import { appStage, rootfsStage } from "../../stages/image/app.ts";
import type { Stage } from "../../stages/stage.ts";
import { type Dockerfile, stageNamed, type WrittenStage } from "../dockerfile.ts";
import type { GeneratedFrom } from "../plan-comment.ts";
import { printInstruction } from "../write/instruction.ts";

/** A Dockerfile that `generate` made, perhaps edited since. */
interface GeneratedFile {
  readonly from: GeneratedFrom;
  readonly app: AppPlan;
}

/**
 * Reads what our frontend has to know of a generated Dockerfile. Everything in it may be edited but the stage `app`,
 * of which the frontend makes an image with other means: there, the FROM line may name another run image.
 * Throws CompileError where the plan is missing or that stage differs, with its line.
 */
export function readGenerated(file: string, dockerfile: Dockerfile): GeneratedFile {
  const { from } = dockerfile;
  if (from === undefined) throw new CompileError([diagnose("emit/no-plan", { file }, { file })]);
  const stage = runImageStage(dockerfile, from.app.extensions !== undefined);
  const base = baseOf(stageNamed(dockerfile, stage)) ?? "";
  const reference = parseReference(base);
  if (reference === undefined)
    throw new CompileError([diagnose("emit/no-app", { file, base: "IMAGE", stage }, { file })]);
  const { digest: _, ...unpinned } = reference;
  const app = {
    ...from.app,
    runImage: { ...from.app.runImage, reference: base, name: formatReference(unpinned) },
  };
  for (const stage of [rootfsStage(app), appStage(app)]) checkStage(file, dockerfile, stage);
  return { from, app };
}

/** The stage whose FROM line names the run image. In: whether there are image extensions. */
function runImageStage(dockerfile: Dockerfile, hasExtensions: boolean): string {
  if (!hasExtensions) return "rootfs";
  return stageNamed(dockerfile, "extend-run-base") === undefined ? "extend-run" : "extend-run-base";
}

/** Undefined: there is no such stage, or it is always that of one platform, which no image of several can be made of. */
function baseOf(stage: WrittenStage | undefined): string | undefined {
  return stage?.platform === undefined ? stage?.base : undefined;
}

function checkStage(file: string, dockerfile: Dockerfile, { name, base, instructions }: Stage): void {
  const stage = stageNamed(dockerfile, name);
  if (base.kind === "stage" && baseOf(stage) !== base.name) {
    throw new CompileError([diagnose("emit/no-app", { file, base: base.name, stage: name }, { file })]);
  }
  const expected = instructions.flatMap((instruction) => printInstruction(instruction).split("\n"));
  const found = stage === undefined ? [] : linesOf(stage);
  const length = Math.max(expected.length, found.length);
  for (let index = 0; index < length; index += 1) {
    if (found[index]?.text === expected[index]?.trim()) continue;
    const line = found[index]?.line ?? (found.at(-1)?.line ?? stage?.line ?? 0) + 1;
    const values = { stage: name, expected: expected[index] ?? "", found: found[index]?.text ?? "" };
    throw new CompileError([diagnose("emit/app-edited", values, { file, line })]);
  }
}

/** The lines of a stage's instructions, without comments. */
function linesOf({ instructions }: WrittenStage): { readonly text: string; readonly line: number }[] {
  return instructions
    .flatMap(({ text, line }) =>
      text.split("\n").map((part, index) => ({ text: part.trim(), line: line + index })),
    )
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
}
