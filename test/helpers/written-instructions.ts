import type { WrittenInstruction } from "../../src/dockerfile/dockerfile.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { readQuoted } from "./read-by-rules.ts";

/** An instruction as our reader sees it; a key is there where the keyword can have it. */
export interface SeenInstruction {
  readonly keyword: string;
  /** FROM: name of the stage. */
  readonly stage?: string | undefined;
  readonly name?: string;
  readonly value?: string;
  readonly from?: string | undefined;
  /** Without the newline at its end. */
  readonly heredoc?: string;
  readonly words?: unknown;
}

/** All instructions of a Dockerfile as our reader sees them, with the values that are in their texts. */
export function writtenInstructions(text: string): SeenInstruction[] {
  const { head, stages } = readDockerfile(text);
  return [
    ...head.map(seen),
    ...stages.flatMap(({ name, instructions }) => [
      { keyword: "FROM", stage: name },
      ...instructions.map(seen),
    ]),
  ];
}

function seen({ keyword, flags, rest }: WrittenInstruction): SeenInstruction {
  switch (keyword) {
    case "ENV":
    case "LABEL": {
      const at = rest.indexOf("=");
      return { keyword, name: rest.slice(0, at), value: readQuoted(rest.slice(at + 1), ["PATH"]) };
    }
    case "COPY": {
      const from = flags.find(({ name }) => name === "from")?.value;
      const delimiter = /^<<"(\w+)" /.exec(rest)?.[1];
      return {
        keyword,
        ...(from === undefined ? {} : { from }),
        ...(delimiter === undefined ? {} : { heredoc: heredoc(rest, delimiter) }),
      };
    }
    case "RUN":
    case "ENTRYPOINT":
    case "CMD":
      return { keyword, words: JSON.parse(rest.replace(/\\[ \t]*\n/g, "")) };
    default:
      return { keyword };
  }
}

/** What stands between the first line and the last, which has to be the delimiter. */
function heredoc(rest: string, delimiter: string): string {
  const lines = rest.split("\n").slice(1);
  return lines.pop() === delimiter ? lines.join("\n") : `it does not end in ${delimiter}`;
}
