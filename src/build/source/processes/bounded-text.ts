/** Kept of the beginning, and of the end, of what a program says. */
const keptBytes = 64 * 2 ** 10;

/**
 * What a program says, at its beginning and at its end; between them lines are left out, so that no amount of it fills the
 * memory. No line is cut: half of a password would be no password that somebody could look for.
 */
export class BoundedText {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #sizeBytes = 0;

  /** Of all that came. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(piece: Buffer): void {
    this.#sizeBytes += piece.length;
    const toHead = piece.subarray(0, Math.max(0, keptBytes - this.#headBytes));
    this.#headBytes += toHead.length;
    if (toHead.length > 0) this.#head.push(toHead);
    const rest = piece.subarray(toHead.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    if (this.#tailBytes <= 2 * keptBytes) return;
    this.#tail = [Buffer.concat(this.#tail).subarray(-keptBytes)];
    this.#tailBytes = keptBytes;
  }

  /** A beginning or end that has no line's end in it is one line of any length: the beginning is kept, the end is not. */
  text(): string {
    const head = Buffer.concat(this.#head);
    const all = Buffer.concat(this.#tail);
    if (head.length + all.length === this.#sizeBytes && all.length <= keptBytes) {
      return Buffer.concat([head, all]).toString("utf8");
    }
    const tail = all.subarray(-keptBytes);
    const firstEnd = tail.indexOf("\n");
    const lastEnd = head.lastIndexOf("\n");
    const kept = lastEnd === -1 ? head : head.subarray(0, lastEnd);
    const after = firstEnd === -1 ? "" : tail.subarray(firstEnd + 1).toString("utf8");
    return `${kept.toString("utf8")}\n${after}`;
  }
}
