import type { Stage } from "../../stages/stage.ts";
import type { Dockerfile } from "../dockerfile.ts";
import { printBase } from "./base.ts";
import { printInstruction } from "./instruction.ts";
import { verifyDockerfile } from "./verify.ts";

/** A Dockerfile of some stages, for BuildKit to read and nobody else. Reads it back, as `emitFiles` does. */
export function printStages(stages: readonly Stage[]): Dockerfile {
  const text = stages
    .map(({ name, base, instructions }) =>
      [`FROM ${printBase(base)} AS ${name}`, ...instructions.map(printInstruction)].join("\n"),
    )
    .join("\n\n");
  return verifyDockerfile(`${text}\n`, stages);
}
