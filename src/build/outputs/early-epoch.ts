import { epochSeconds } from "../../contract/epoch.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { BuildOutput } from "../../engines/outputs/build-output.ts";

import type { EpochOrder } from "../build-order.ts";

/**
 * Refuses to have file times set back to before that of the files: layers would change after their digests are in the labels.
 * In: SOURCE_DATE_EPOCH as clients look for it. Throws CompileError.
 * Source: BuildKit, "Build reproducibility", `rewrite-timestamp` and `source-date-epoch`.
 */
export function refuseEarlyEpoch(
  outputs: readonly BuildOutput[],
  { buildArguments }: Pick<BuildRequest, "buildArguments">,
  { text: usual, saidBy }: EpochOrder,
): void {
  const given = buildArguments.find(({ name }) => name === "SOURCE_DATE_EPOCH");
  const epoch = given === undefined ? usual : given.value;
  const inContainer = saidBy === "SOURCE_DATE_EPOCH";
  const found = outputs.flatMap(({ attributes }) => {
    const text = attributes["source-date-epoch"] ?? epoch ?? "";
    const isEarly = /^\d+$/.test(text) && Number(text) < epochSeconds;
    return isEarly && rewrites(attributes)
      ? [diagnose("cli/early-epoch", { text, inContainer }, { file: saidBy })]
      : [];
  });
  const [fault] = found;
  if (fault !== undefined) throw new CompileError([fault]);
}

/** As Go reads it; without a value it is on. */
function rewrites({ "rewrite-timestamp": value }: BuildOutput["attributes"]): boolean {
  return value !== undefined && /^(?:|1|t|true)$/i.test(value);
}
