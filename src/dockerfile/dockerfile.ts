import type { ImageReference } from "../image/reference.ts";
import type { GeneratedFrom } from "./plan-comment.ts";

/** A Dockerfile as it reads, ours or anybody's. Lines are counted from 1. */
export interface Dockerfile {
  /** For BuildKit, and to be stored or compared: what is to be known of the file stands below. */
  readonly text: string;
  /** What a file of ours says of itself. Absent: we did not make it, or the comment is damaged. */
  readonly from?: GeneratedFrom;
  /** Before the first stage, where BuildKit takes nothing but ARG. */
  readonly head: readonly WrittenInstruction[];
  /** Build arguments of the head, which FROM lines see. */
  readonly arguments: readonly WrittenArgument[];
  readonly stages: readonly WrittenStage[];
  /** What its FROM lines take that is no stage before them: what an updater pins. */
  readonly images: readonly WrittenImage[];
}

/** `ARG NAME=VALUE`. */
export interface WrittenArgument {
  readonly name: string;
  /** Without its quotes, variables not expanded. Absent: it has none unless the build says one. */
  readonly value?: string;
}

export interface WrittenStage {
  /** Absent: nothing can name it. */
  readonly name?: string;
  /** Image or stage that it begins with, as written; empty: the line names none. */
  readonly base: string;
  /** Of `--platform`, as written. Absent: that of the build. */
  readonly platform?: string;
  /** What the comment above says that it is for; empty: there is none. */
  readonly purpose: string;
  readonly line: number;
  readonly arguments: readonly WrittenArgument[];
  /** Below its FROM line. */
  readonly instructions: readonly WrittenInstruction[];
}

export interface WrittenInstruction {
  /** Upper case. */
  readonly keyword: string;
  readonly flags: readonly WrittenFlag[];
  /** What follows keyword and flags, as written, with all its lines and heredocs. */
  readonly rest: string;
  /** The whole of it, as written. */
  readonly text: string;
  readonly line: number;
}

/** `--NAME=VALUE`. */
export interface WrittenFlag {
  readonly name: string;
  /** Absent: it has none. */
  readonly value?: string;
  /** As written. */
  readonly text: string;
}

export interface WrittenImage {
  /** As written. */
  readonly base: string;
  readonly reference: ImageReference;
}

/** A stage by its name; letter case does not count, and of several the last one does, as for BuildKit. */
export function stageNamed({ stages }: Pick<Dockerfile, "stages">, name: string): WrittenStage | undefined {
  return stages.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
}

/** The stages that can be named, in their order. */
export function namedStages({
  stages,
}: Pick<Dockerfile, "stages">): (WrittenStage & { readonly name: string })[] {
  return stages.flatMap((stage) => (stage.name === undefined ? [] : [{ ...stage, name: stage.name }]));
}
