import type { Stage } from "../../stages/stage.ts";
import type { Dockerfile } from "../dockerfile.ts";
import { readDockerfile } from "../read/read-dockerfile.ts";

/**
 * Reads our own output back: every stage is there with as many instructions as it should have, and every `--from` names a
 * stage before it. Throws Error: a fault here is ours, never the user's.
 * Out: what was read.
 */
export function verifyDockerfile(text: string, stages: readonly Stage[]): Dockerfile {
  const dockerfile = readDockerfile(text);
  const { head, stages: found } = dockerfile;
  const odd = head.find(({ keyword }) => keyword !== "ARG");
  if (odd !== undefined) throw new Error(`an instruction stands before the first stage: ${odd.text}`);
  const before: (string | undefined)[] = [];
  for (const [index, { name, instructions }] of found.entries()) {
    for (const [at, { keyword, flags }] of instructions.entries()) {
      // Somebody else's may take from an image.
      if (stages[index]?.instructions[at]?.kind === "written") continue;
      const from = keyword === "COPY" ? flags.find((flag) => flag.name === "from")?.value : undefined;
      if (from !== undefined && !before.includes(from))
        throw new Error(`COPY takes from ${from}, which is no stage before it`);
    }
    before.push(name);
  }
  const written = (list: readonly { readonly name?: string; readonly instructions: readonly unknown[] }[]) =>
    JSON.stringify(list.map(({ name, instructions }) => ({ name, instructions: instructions.length })));
  if (written(found) !== written(stages))
    throw new Error(`the Dockerfile reads back as ${written(found)}, not ${written(stages)}`);
  return dockerfile;
}
