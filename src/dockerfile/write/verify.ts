import { type Copy, DockerfileParser, type From } from "dockerfile-ast";
import type { Stage } from "../../stages/stage.ts";

/**
 * Reads our own output back with another parser: every stage is there with as many instructions as it should have, and
 * every `--from` names a stage before it. Throws Error: a fault here is ours, never the user's.
 */
export function verifyDockerfile(text: string, stages: readonly Stage[]): void {
  const dockerfile = DockerfileParser.parse(text);
  const seen: { name: string; instructions: number }[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      seen.push({ name: (instruction as From).getBuildStage() ?? "", instructions: 0 });
      continue;
    }
    const stage = seen.at(-1);
    if (stage === undefined && keyword === "ARG") continue;
    if (stage === undefined) throw new Error(`an instruction stands before the first stage: ${instruction}`);
    stage.instructions++;
    if (keyword !== "COPY") continue;
    // The library's own question after this flag is answered only where it is the first.
    const from = (instruction as Copy)
      .getFlags()
      .find((flag) => flag.getName() === "from")
      ?.getValue();
    if (from !== undefined && from !== null && !seen.some(({ name }) => name === from)) {
      throw new Error(`COPY takes from ${from}, which is no stage before it`);
    }
  }
  const expected = stages.map(({ name, instructions }) => ({ name, instructions: instructions.length }));
  if (JSON.stringify(seen) !== JSON.stringify(expected)) {
    throw new Error(`the Dockerfile reads back as ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`);
  }
}
