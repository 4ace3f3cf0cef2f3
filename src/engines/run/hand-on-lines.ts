import type { Readable } from "node:stream";
import { CommandParter } from "../../diagnostics/ci-commands.ts";
import { colorsEnd, visibleOutput } from "../../diagnostics/visible-output.ts";

/** Characters of a line that are held and handed on at once. BuildKit's own lines are far shorter. */
export const maxPiece = 16 * 1024;

interface HandingOn {
  readonly keepsColors: boolean;
  /** Gets each line, or the first `maxPiece` of it, as it was written; says whether it is handed on. */
  readonly wants: (line: string) => boolean;
  readonly write: (text: string) => void;
}

/**
 * Hands on the lines of a build. BuildKit puts the step's number in front of each line that a step writes, and only a
 * newline ends one: whatever else a terminal or a reader of logs could take for an end is shown, so that no text of a
 * step's stands at the start of a line. A line of any length takes no more memory than a piece of it. Settles at the end.
 */
export function handOnLines(input: Readable, handing: HandingOn): Promise<void> {
  const line = new Line(handing);
  return new Promise((resolve, reject) => {
    input
      .setEncoding("utf8")
      .on("data", (text: string) => line.take(text))
      .on("error", reject)
      .on("end", () => {
        line.end();
        resolve();
      });
  });
}

/** The line that is being written. */
class Line {
  readonly #handing: HandingOn;
  #waiting = "";
  /** Undefined: nothing of it was handed on yet. */
  #isWanted: boolean | undefined;
  #commands = new CommandParter();
  #hasColors = false;

  constructor(handing: HandingOn) {
    this.#handing = handing;
  }

  take(text: string): void {
    const lines = text.split("\n");
    const rest = lines.pop() ?? "";
    for (const one of lines) {
      this.#add(one);
      this.#finish();
    }
    this.#add(rest);
  }

  /** The last line has no newline where a program was killed. */
  end(): void {
    if (this.#waiting !== "" || this.#isWanted !== undefined) this.#finish();
  }

  #add(text: string): void {
    this.#waiting += text;
    while (this.#waiting.length > maxPiece) {
      const length = isHighSurrogate(this.#waiting.charCodeAt(maxPiece - 1)) ? maxPiece - 1 : maxPiece;
      this.#handOn(this.#waiting.slice(0, length), false);
      this.#waiting = this.#waiting.slice(length);
    }
  }

  #finish(): void {
    this.#handOn(this.#waiting.replace(/\r$/, ""), true);
    this.#waiting = "";
    this.#isWanted = undefined;
    this.#commands = new CommandParter();
    this.#hasColors = false;
  }

  #handOn(text: string, isEnd: boolean): void {
    const { keepsColors, wants, write } = this.#handing;
    this.#isWanted ??= wants(text);
    if (!this.#isWanted) return;
    const shown = this.#commands.take(visibleOutput(text, keepsColors));
    // What is shown has no other escape.
    this.#hasColors ||= shown.includes("\u001b");
    write(isEnd ? `${shown}${this.#commands.end()}${this.#hasColors ? colorsEnd : ""}\n` : shown);
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
