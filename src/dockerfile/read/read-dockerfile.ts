import {
  DockerfileParser,
  type From,
  type Instruction,
  ModifiableInstruction,
  PropertyInstruction,
} from "dockerfile-ast";
import { parseReference } from "../../image/reference.ts";
import { present } from "../../present.ts";
import type {
  Dockerfile,
  WrittenArgument,
  WrittenFlag,
  WrittenImage,
  WrittenInstruction,
  WrittenStage,
} from "../dockerfile.ts";
import { readPlanComment } from "../plan-comment.ts";
import { parsableText } from "./parsable-text.ts";
import { SourceText } from "./source-text.ts";
import { unquote } from "./unquote.ts";

/** What a Dockerfile begins with. */
const headKeywords: ReadonlySet<string> = new Set(["ARG", "FROM"]);
/** What stands between words: blanks, line breaks and the characters that take a line's end away. */
const betweenWords = /^[\s\\`]*$/;
const beforeWord = /^(?:\s|[\\`][^\S\n]*\n)*/;

/**
 * Reads a Dockerfile, whoever wrote it. Any text has a reading, which takes time in proportion to its length; whether
 * something can be built from it, BuildKit says. Lines of heredocs are no instructions, whatever they look like.
 */
export function readDockerfile(text: string): Dockerfile {
  const parsable = parsableText(text);
  const parsed = DockerfileParser.parse(parsable);
  const source = new SourceText(text, parsable, parsed.getEscapeCharacter());
  const instructions = parsed.getInstructions();
  const head: Instruction[] = [];
  const blocks: { readonly from: From; readonly below: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.getKeyword() === "FROM") blocks.push({ from: instruction as From, below: [] });
    else (blocks.at(-1)?.below ?? head).push(instruction);
  }
  const stages = blocks.map(({ from, below }) => writtenStage(source, from, below));
  // A file stays ours with a line above it that is none of a Dockerfile: `// syntax=` would call another frontend.
  const first = instructions.find((instruction) => headKeywords.has(instruction.getKeyword()));
  const from = readPlanComment(source.lines.slice(0, first?.getRange().start.line));
  return {
    text,
    ...present({ from }),
    head: head.map((instruction) => writtenInstruction(source, instruction)),
    arguments: head.flatMap((instruction) => argumentsOf(source, instruction)),
    stages,
    images: imagesOf(stages),
  };
}

function writtenStage(source: SourceText, from: From, below: readonly Instruction[]): WrittenStage {
  const name = from.getBuildStage();
  const platform = flagsOf(source, from).find((flag) => flag.name === "platform")?.value;
  const { line } = from.getRange().start;
  const purpose = source.commentAbove(line);
  return {
    ...(name === null ? {} : { name }),
    base: from.getImage() ?? "",
    ...present({ platform }),
    purpose: purpose.startsWith(`${name}: `) ? purpose.slice(`${name}: `.length) : purpose,
    line: line + 1,
    arguments: below.flatMap((instruction) => argumentsOf(source, instruction)),
    instructions: below.map((instruction) => writtenInstruction(source, instruction)),
  };
}

function writtenInstruction(source: SourceText, instruction: Instruction): WrittenInstruction {
  const range = instruction.getRange();
  const flags = flagsOf(source, instruction);
  const end = flags.at(-1)?.end ?? source.offset(instruction.getInstructionRange().end);
  return {
    keyword: instruction.getKeyword(),
    flags: flags.map(({ end: _, ...flag }) => flag),
    rest: source.text.slice(end, source.offset(range.end)).replace(beforeWord, ""),
    text: source.slice(range),
    line: range.start.line + 1,
  };
}

/** In front of all other words: the library also finds what looks like one behind them. */
function flagsOf(
  source: SourceText,
  instruction: Instruction,
): (WrittenFlag & { /** Offset behind it. */ readonly end: number })[] {
  const found: (WrittenFlag & { readonly end: number })[] = [];
  if (!(instruction instanceof ModifiableInstruction)) return found;
  let last = source.offset(instruction.getInstructionRange().end);
  for (const flag of instruction.getFlags()) {
    const range = flag.getRange();
    const start = source.offset(range.start);
    if (!betweenWords.test(source.parsable.slice(last, start))) break;
    last = source.offset(range.end);
    const value = flag.getValue();
    found.push({
      name: flag.getName(),
      ...(value === null ? {} : { value }),
      text: source.slice(range),
      end: last,
    });
  }
  return found;
}

/** What an `ARG` declares; nothing for any other instruction. */
function argumentsOf(source: SourceText, instruction: Instruction): WrittenArgument[] {
  if (instruction.getKeyword() !== "ARG" || !(instruction instanceof PropertyInstruction)) return [];
  return instruction.getPropertyArguments().map((argument) => {
    const text = source.slice(argument.getRange());
    const at = text.indexOf("=");
    return at === -1
      ? { name: text }
      : { name: text.slice(0, at), value: unquote(text.slice(at + 1), source.escapeCharacter) };
  });
}

function imagesOf(stages: readonly WrittenStage[]): WrittenImage[] {
  const before = new Set<string>();
  return stages.flatMap(({ name, base }) => {
    const reference = before.has(base.toLowerCase()) ? undefined : parseReference(base);
    if (name !== undefined) before.add(name.toLowerCase());
    return reference === undefined ? [] : [{ base, reference }];
  });
}
