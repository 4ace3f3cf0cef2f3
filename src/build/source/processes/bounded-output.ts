import { BoundedText } from "./bounded-text.ts";

/** Most that a program may print for us to keep, and most that it may say of how it goes; no honest one comes near. */
const maxBytes = 16 * 2 ** 20;

/** A program has printed more than can be meant. */
export class ExcessiveOutput extends Error {
  override readonly name = "ExcessiveOutput";
}

/** What a program prints: all of it, up to 16 MiB. */
export class BoundedOutput {
  readonly #take: ((piece: Buffer) => void) | undefined;
  readonly #pieces: Buffer[] = [];
  #sizeBytes = 0;

  /** In: what takes it as it comes, of any size; absent: it is kept. */
  constructor(take?: (piece: Buffer) => void) {
    this.#take = take;
  }

  /** Throws ExcessiveOutput, and what the taker throws. */
  add(piece: Buffer): void {
    if (this.#take !== undefined) {
      this.#take(piece);
      return;
    }
    this.#sizeBytes += piece.length;
    if (this.#sizeBytes > maxBytes) throw new ExcessiveOutput("it prints more than 16 MiB");
    this.#pieces.push(piece);
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString("utf8");
  }
}

/** What a program says of how it goes: its beginning and its end. */
export class BoundedErrors {
  readonly #text = new BoundedText();

  /** Throws ExcessiveOutput. */
  add(piece: Buffer): void {
    this.#text.add(piece);
    if (this.#text.sizeBytes > maxBytes) throw new ExcessiveOutput("it prints more than 16 MiB of messages");
  }

  text(): string {
    return this.#text.text();
  }
}
