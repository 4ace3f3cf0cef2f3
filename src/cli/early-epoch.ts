import type { BuildRequest } from "../engines/build-request.ts";
import type { BuildOutput } from "../engines/outputs/build-output.ts";
import { CompileError, diagnose } from "../index.ts";

/** 1980-01-01T00:00:01Z, the time of every file in a buildpacks image. Source: CNB platform spec, "exporter". */
const filesSeconds = 315_532_801;

/**
 * Refuses to have file times set back to before that of the files: layers would change after their digests are in the labels.
 * In: the environment, in which clients look for SOURCE_DATE_EPOCH. Throws CompileError.
 * Source: BuildKit, "Build reproducibility", `rewrite-timestamp` and `source-date-epoch`.
 */
export function refuseEarlyEpoch(
  outputs: readonly BuildOutput[],
  { buildArguments }: Pick<BuildRequest, "buildArguments">,
  { env, inContainer }: { readonly env: NodeJS.ProcessEnv; readonly inContainer: boolean },
): void {
  const given = buildArguments.find(({ name }) => name === "SOURCE_DATE_EPOCH");
  const epoch = given === undefined ? env.SOURCE_DATE_EPOCH : given.value;
  const file = inContainer ? "SOURCE_DATE_EPOCH" : "--output";
  const found = outputs.flatMap(({ attributes }) => {
    const text = attributes["source-date-epoch"] ?? epoch ?? "";
    const isEarly = /^\d+$/.test(text) && Number(text) < filesSeconds;
    return isEarly && rewrites(attributes)
      ? [diagnose("cli/early-epoch", { text, inContainer }, { file })]
      : [];
  });
  const [fault] = found;
  if (fault !== undefined) throw new CompileError([fault]);
}

/** As Go reads it; without a value it is on. */
function rewrites({ "rewrite-timestamp": value }: BuildOutput["attributes"]): boolean {
  return value !== undefined && /^(?:|1|t|true)$/i.test(value);
}
