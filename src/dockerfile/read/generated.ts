import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { formatReference, parseReference } from "../../image/reference.ts";
import type { AppPlan } from "../../plan/lifecycle-plan.ts";
import { appStage, rootfsStage } from "../../stages/image/app.ts";
import type { Stage } from "../../stages/stage.ts";
import { type GeneratedFrom, readPlanComment } from "../plan-comment.ts";
import { printInstruction } from "../write/instruction.ts";

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
  const { base } = stageIn(lines, "rootfs");
  const reference = parseReference(base);
  if (reference === undefined)
    throw new CompileError([diagnose("emit/no-app", { file, base: "IMAGE", stage: "rootfs" }, { file })]);
  const { digest: _, ...unpinned } = reference;
  const app = {
    ...from.app,
    runImage: { ...from.app.runImage, reference: base, name: formatReference(unpinned) },
  };
  for (const stage of [rootfsStage(app), appStage(app)]) checkStage(file, lines, stage);
  return { from, app };
}

/** A stage as it stands in a file. */
interface FoundStage {
  /** What it begins with; empty: there is no such stage. */
  readonly base: string;
  /** Below its FROM line, without comments; counted from 1. */
  readonly lines: readonly { readonly text: string; readonly line: number }[];
}

function stageIn(lines: readonly string[], name: string): FoundStage {
  const isFrom = /^\s*FROM\s+(?<base>\S+)\s+AS\s+(?<name>\S+)\s*$/i;
  const start = lines.findLastIndex((line) => isFrom.exec(line)?.groups?.name?.toLowerCase() === name);
  const { base = "" } = isFrom.exec(lines[start] ?? "")?.groups ?? {};
  if (start === -1) return { base, lines: [] };
  const numbered = lines.map((text, index) => ({ text: text.trim(), line: index + 1 }));
  const end = lines.findIndex((line, index) => index > start && /^\s*FROM\s/i.test(line));
  return {
    base,
    lines: numbered
      .slice(start + 1, end === -1 ? undefined : end)
      .filter(({ text }) => text !== "" && !text.startsWith("#")),
  };
}

function checkStage(file: string, lines: readonly string[], { name, base, instructions }: Stage): void {
  const expected = instructions.flatMap((instruction) => printInstruction(instruction).split("\n"));
  const stage = stageIn(lines, name);
  if (base.kind === "stage" && stage.base !== base.name) {
    throw new CompileError([diagnose("emit/no-app", { file, base: base.name, stage: name }, { file })]);
  }
  const found = stage.lines;
  const length = Math.max(expected.length, found.length);
  for (let index = 0; index < length; index += 1) {
    if (found[index]?.text === expected[index]?.trim()) continue;
    const line = found[index]?.line ?? (found.at(-1)?.line ?? lines.length - 1) + 1;
    const values = { stage: name, expected: expected[index] ?? "", found: found[index]?.text ?? "" };
    throw new CompileError([diagnose("emit/app-edited", values, { file, line })]);
  }
}
