interface Position {
  /** From 0. */
  readonly line: number;
  /** UTF-16 units, from 0. */
  readonly character: number;
}

/** A Dockerfile's text by the places that its parser names: what is parsed has the same lines and columns. */
export class SourceText {
  readonly text: string;
  readonly parsable: string;
  readonly escapeCharacter: string;
  readonly lines: readonly string[];
  readonly #starts: readonly number[];

  constructor(text: string, parsable: string, escapeCharacter: string) {
    this.text = text;
    this.parsable = parsable;
    this.escapeCharacter = escapeCharacter;
    this.lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
    this.#starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  }

  offset({ line, character }: Position): number {
    return (this.#starts[line] ?? this.text.length) + character;
  }

  slice({ start, end }: { readonly start: Position; readonly end: Position }): string {
    return this.text.slice(this.offset(start), this.offset(end));
  }

  /** Comment lines right above a line, as one line; empty: there is none. In: the line, from 0. */
  commentAbove(line: number): string {
    let start = line;
    while (this.lines[start - 1]?.startsWith("#") === true) start -= 1;
    return this.lines
      .slice(start, line)
      .map((text) => text.replace(/^#\s?/, ""))
      .join(" ")
      .trim();
  }
}
