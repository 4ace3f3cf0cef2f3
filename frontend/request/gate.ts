import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { failOnArgument } from "../../src/options/step-variables.ts";
import { readThreshold, type Threshold } from "../../src/scan/severity.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { type ArgumentQuestion, globalArgument } from "./global-argument.ts";
import type { FrontendOptions } from "./options.ts";
import { imageTarget, looksIntoImage } from "./targets.ts";

/** What keeps an image with severe findings from being published. */
export interface Gate {
  readonly failOn: Threshold;
  /**
   * Who asked for it: `operator`, who runs the build and is obeyed whatever the project says; `project`, by a line of its
   * Dockerfile, which acts as the rest of that file does.
   */
  readonly by: "operator" | "project";
}

/** What a build argument says; `project`: nothing, so that the project may. Undefined: no gate. Throws CompileError. */
export function operatorGate({ values }: FrontendOptions): Gate | "project" | undefined {
  const text = values[`build-arg:${failOnArgument}`];
  if (text === undefined) return "project";
  if (text === "") return undefined;
  return { failOn: readThreshold(text, { file: `--build-arg ${failOnArgument}` }), by: "operator" };
}

/**
 * What a generated Dockerfile asks for on any of the platforms. Undefined: nothing. Throws CompileError for a severity that
 * there is not.
 */
export async function projectGate(
  gateway: Gateway,
  file: string,
  questions: readonly Omit<ArgumentQuestion, "name">[],
): Promise<Gate | undefined> {
  const texts = await Promise.all(
    questions.map((question) => globalArgument(gateway, { ...question, name: failOnArgument })),
  );
  const [failOn] = texts.filter((text) => text !== "").map((text) => readThreshold(text, { file }));
  return failOn === undefined ? undefined : { failOn, by: "project" };
}

/** Throws CompileError for a stage that nothing scans: the gate is about the image, and would be lost. */
export function requireGatedTarget(gate: Gate | undefined, target: string): void {
  if (gate?.by !== "operator" || target === imageTarget || looksIntoImage(target)) return;
  const location = { file: `--build-arg ${failOnArgument}` };
  throw new CompileError([diagnose("frontend/gate-and-target", { target, failOn: gate.failOn }, location)]);
}
