/**
 * What a CI system takes for a command anywhere in a line, in whatever case. Source: GitHub Actions and Azure Pipelines
 * (`##[error]`, `##vso[task.…]`), TeamCity (`##teamcity[…]`).
 */
const inLine = /##(?=(?:vso|teamcity)?\[)/gi;

/** A text's end that could be the beginning of one. */
const beginning = /#(?:#(?:v(?:so?)?|t(?:e(?:a(?:m(?:c(?:i(?:ty?)?)?)?)?)?)?)?)?$/i;

/** What a reader may look through at a line's start: white space, what has no width, colours. */
const blank =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are looked through
  /^(?:[\s\p{Cf}\p{Default_Ignorable_Code_Point}]|\u001b\[[\d;:]*m)*/u;

/** A line's text with the two number signs of each command parted. */
export function partCommands(text: string): string {
  return text.replace(inLine, "# #");
}

/**
 * Parts the commands of a line that comes in pieces, also those that a border of two pieces cuts: `##…[` anywhere, and
 * `::` at the line's start. Source: GitHub Actions, "Workflow commands".
 */
export class CommandParter {
  /** The last piece's end, at most as long as `##teamcity`. */
  #held = "";
  /** What was handed on: nothing that shows, that and one colon, or more. */
  #start: "blank" | "colon" | "past" = "blank";

  /** Out: what can be handed on, which may be less or more than came in. */
  take(piece: string): string {
    const text = partCommands(this.#held + piece);
    this.#held = beginning.exec(text)?.[0] ?? "";
    return this.#partStart(text.slice(0, text.length - this.#held.length));
  }

  /** What is left at the line's end. */
  end(): string {
    return this.#held;
  }

  #partStart(text: string): string {
    if (text === "" || this.#start === "past") return text;
    const at = this.#start === "colon" ? 0 : (blank.exec(text)?.[0].length ?? 0) + 1;
    if (at > text.length) return text;
    const isColon = this.#start === "colon" || text[at - 1] === ":";
    this.#start = isColon && at === text.length ? "colon" : "past";
    return isColon && text[at] === ":" ? `${text.slice(0, at)} ${text.slice(at)}` : text;
  }
}
