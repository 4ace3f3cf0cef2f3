/** Gives out names, each once. */
export class Names {
  readonly #taken = new Set<string>();
  /** How often a name was asked for, so that the next free one is found at once. */
  readonly #asked = new Map<string, number>();

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** The name itself, or with a number where somebody has it: `a`, `a.2`. */
  unique(name: string): string {
    let free = name;
    let number = this.#asked.get(name) ?? 1;
    while (this.#taken.has(free)) {
      number++;
      free = `${name}.${number}`;
    }
    this.#asked.set(name, number);
    this.#taken.add(free);
    return free;
  }
}
