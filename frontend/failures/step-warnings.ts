import { fromBinary } from "@bufbuild/protobuf";
import { exportProgram } from "../../src/contract/program.ts";
import { parseWarnings, type StepWarning, warningsFlag } from "../../src/contract/step-warnings.ts";
import type { Report } from "../../src/diagnostics/diagnostic.ts";
import { exportWarnings } from "../../src/stages/paths.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Ref } from "../generated/gateway_pb.js";
import { type Definition, OpSchema } from "../generated/ops_pb.js";
import { leadingTo } from "../graph/definition.ts";
import { definitionFor, operationsOf, type State } from "../graph/llb.ts";
import { startedMs } from "../started.ts";

/** A finished or running step whose result holds a file with its warnings. */
interface WarningStep {
  readonly state: State;
  /** Absolute path in the result. */
  readonly file: string;
}

/** The steps of our export program that lead to a stage, but for the stage's own. */
export function warningSteps(definition: Definition): WarningStep[] {
  const operations = operationsOf(definition);
  return [...operations].flatMap(([digest, { bytes }]): WarningStep[] => {
    const { op } = fromBinary(OpSchema, bytes);
    if (op.case !== "exec") return [];
    const words = op.value.meta?.args ?? [];
    const file = words.find((word) => word.startsWith(`${warningsFlag}=`))?.slice(warningsFlag.length + 1);
    if (file === undefined || file === exportWarnings || !words.includes(exportProgram)) return [];
    return [{ state: { digest, index: 0n, operations: leadingTo(digest, operations) }, file }];
  });
}

/**
 * What the steps of one build have to say. What one of them has printed in this build is in the log already, which every client
 * shows; the rest BuildKit has answered from its cache, and it is told when all is known: two steps can say the same.
 */
export class StepWarnings {
  readonly #gateway: Gateway;
  readonly #found = new Map<string, StepWarning>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * Reads what the steps before `export` have to say, one of several platforms once. They run for the image anyway, and BuildKit runs
   * nothing twice. What went wrong is told by whoever needs the image, so nothing is thrown.
   */
  async readBefore(stages: readonly Definition[]): Promise<void> {
    const steps = new Map(stages.flatMap(warningSteps).map((step) => [step.state.digest, step]));
    await Promise.allSettled(
      Array.from(steps.values(), async ({ state, file }) => {
        await this.read(await this.#gateway.solveGraph(definitionFor(state), true), file);
      }),
    );
  }

  /** Reads what a step has left in its result. A Dockerfile of another version leaves nothing. */
  async read(ref: Ref, file: string): Promise<void> {
    const content = await this.#gateway.readFileIfAny(ref, file);
    if (content === undefined) return;
    for (const warning of parseWarnings(Buffer.from(content).toString())) {
      const text = JSON.stringify(warning.diagnostic);
      const before = this.#found.get(text);
      if (before === undefined || before.printedMs < warning.printedMs) this.#found.set(text, warning);
    }
  }

  /** Reports what no step has printed in this build, each once. */
  tell(report: Report): void {
    for (const { diagnostic, printedMs } of this.#found.values()) {
      if (printedMs < startedMs) report(diagnostic);
    }
  }
}
