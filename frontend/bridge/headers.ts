type HeadersInit = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/**
 * Stands in our bundle for the global `Headers`, of which the gRPC library uses no more than this: Node loads all of
 * `fetch` with the global, for longer than the rest of a frontend takes to start. Names are kept in lower case, several
 * values of one name are joined by a comma. Source: Fetch standard, "Headers class".
 */
class GrpcHeaders {
  readonly #values = new Map<string, string>();

  constructor(init: HeadersInit = {}) {
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of entries) this.append(name, value);
  }

  append(name: string, value: string): void {
    const before = this.get(name);
    const trimmed = value.trim();
    this.#values.set(name.toLowerCase(), before === null ? trimmed : `${before}, ${trimmed}`);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value.trim());
  }

  forEach(action: (value: string, name: string) => void): void {
    for (const [name, value] of this) action(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).values();
  }
}

export { GrpcHeaders as Headers };
