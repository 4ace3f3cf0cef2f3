import { diagnose } from "./diagnostics/diagnose.ts";
import { CompileError } from "./diagnostics/diagnostic.ts";
import { printInstruction } from "./emit/instruction.ts";
import { type GeneratedFrom, readPlanComment } from "./emit/plan-comment.ts";
import { formatReference, parseReference } from "./image/reference.ts";
import type { AppPlan } from "./plan/lifecycle-plan.ts";
import { appStage } from "./stages/app.ts";

/** A Dockerfile that `generate` made, perhaps edited since. */
export interface GeneratedFile {
  readonly from: GeneratedFrom;
  readonly app: AppPlan;
}

/**
 * Reads what our frontend has to know of a generated Dockerfile. Everything in it may be edited but the stage `app`,
 * of which the frontend makes an image with other means: there, the FROM line may name another run image.
 * Throws CompileError where the plan is missing or that stage differs, with its line.
 */
export function readGenerated(file: string, text: string): GeneratedFile {
  const from = readPlanComment(text);
  if (from === undefined) throw new CompileError([diagnose("emit/no-plan", { file }, { file })]);
  const lines = text.split(/\r?\n/);
  const start = lines.findLastIndex((line) => /^FROM\s+\S+\s+AS\s+app\s*$/i.test(line));
  const name = lines[start]?.trim().split(/\s+/)[1] ?? "";
  const reference = parseReference(name);
  if (reference === undefined) throw new CompileError([diagnose("emit/no-app", { file }, { file })]);
  const { digest: _, ...unpinned } = reference;
  const app = {
    ...from.app,
    runImage: { ...from.app.runImage, reference: name, name: formatReference(unpinned) },
  };
  checkApp({ file, lines, start }, app);
  return { from, app };
}

function checkApp(
  {
    file,
    lines,
    start,
  }: { readonly file: string; readonly lines: readonly string[]; readonly start: number },
  app: AppPlan,
): void {
  const expected = appStage(app).instructions.flatMap((instruction) =>
    printInstruction(instruction).split("\n"),
  );
  const found = lines
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .slice(start + 1)
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
  const length = Math.max(expected.length, found.length);
  for (let index = 0; index < length; index += 1) {
    if (found[index]?.text === expected[index]?.trim()) continue;
    const line = found[index]?.line ?? lines.length;
    const values = { expected: expected[index] ?? "", found: found[index]?.text ?? "" };
    throw new CompileError([diagnose("emit/app-edited", values, { file, line })]);
  }
}
