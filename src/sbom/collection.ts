import { hash } from "node:crypto";

/** Things of several documents: what two of them say alike is kept once. */
export class Collection<Kept> {
  readonly #byContent = new Map<string, Kept>();

  /** In: what has to be equal, as JSON can say it, and what makes the thing to keep. Out: what is kept of it. */
  add(content: unknown, make: () => Kept): Kept {
    // Digests, because the texts together are as large as the documents.
    const key = hash("sha256", JSON.stringify(content));
    const kept = this.#byContent.get(key) ?? make();
    this.#byContent.set(key, kept);
    return kept;
  }

  all(): Kept[] {
    return [...this.#byContent.values()];
  }
}
