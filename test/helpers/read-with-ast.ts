import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type PropertyInstruction,
} from "dockerfile-ast";
import { readQuoted } from "./read-dockerfile.ts";

/** An instruction as dockerfile-ast sees it; a key is there where the keyword can have it. */
export interface AstInstruction {
  readonly keyword: string;
  /** FROM: name of the stage. */
  readonly stage?: string | null;
  readonly name?: string;
  readonly value?: string;
  readonly from?: string | null;
  /** Without the newline at its end. */
  readonly heredoc?: string;
  readonly words?: unknown;
}

/**
 * Reads a Dockerfile with dockerfile-ast. The library says where everything stands; the texts are taken from there and
 * read as what they are, since its own values have lost their backslashes.
 */
export function readWithAst(text: string): AstInstruction[] {
  const place = offsets(text);
  return DockerfileParser.parse(text)
    .getInstructions()
    .map((instruction) => read(instruction, (range) => text.slice(place(range.start), place(range.end))));
}

interface Position {
  readonly line: number;
  readonly character: number;
}
type Slice = (range: { readonly start: Position; readonly end: Position }) => string;

function read(instruction: Instruction, slice: Slice): AstInstruction {
  const keyword = instruction.getKeyword();
  switch (keyword) {
    case "FROM":
      return { keyword, stage: (instruction as From).getBuildStage() };
    case "ENV":
    case "LABEL": {
      const properties = (instruction as PropertyInstruction).getProperties();
      const [property] = properties;
      const range = property?.getValueRange();
      if (properties.length !== 1 || property === undefined || !range)
        return { keyword, value: `${properties.length} values` };
      return { keyword, name: property.getName(), value: readQuoted(slice(range), ["PATH"]) };
    }
    case "COPY": {
      const copy = instruction as Copy;
      const from = copy
        .getFlags()
        .find((flag) => flag.getName() === "from")
        ?.getValue();
      // The library's own question after heredocs fails where a text has a backslash before its delimiter.
      const name = /^<<"(\w+)"$/.exec(copy.getArguments()[0]?.getValue() ?? "")?.[1];
      return {
        keyword,
        ...(from === undefined ? {} : { from }),
        ...(name === undefined ? {} : { heredoc: heredoc(slice(instruction.getRange()), name) }),
      };
    }
    case "RUN":
    case "ENTRYPOINT":
    case "CMD": {
      // Of some lists the library takes the first word for a flag; where the instruction ends it knows all the same.
      const list = slice(instruction.getRange()).replace(/^[^[]*/, "");
      return { keyword, words: JSON.parse(list.replace(/\\[ \t]*\n/g, "")) };
    }
    default:
      return { keyword };
  }
}

/**
 * What stands between the first line and the last, which has to be the delimiter. The library's own range of it goes too
 * far where it takes a backslash and a number sign in the text for the end of a line and a comment.
 */
function heredoc(instruction: string, delimiter: string): string {
  const lines = instruction.split("\n").slice(1);
  return lines.pop() === delimiter ? lines.join("\n") : `it does not end in ${delimiter}`;
}

/** Offset of a position, lines counted as editors do. */
function offsets(text: string): (position: Position) => number {
  const starts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), ({ index, 0: end }) => index + end.length)];
  return ({ line, character }) => (starts[line] ?? text.length) + character;
}
