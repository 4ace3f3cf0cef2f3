/** The value with other texts. In: what becomes of a text, by the key that it, or the list around it, has. */
export function mapTexts<T>(value: T, change: (key: string, text: string) => string): T;
export function mapTexts(value: unknown, change: (key: string, text: string) => string): unknown {
  const visit = (key: string, inner: unknown): unknown => {
    if (typeof inner === "string") return change(key, inner);
    if (Array.isArray(inner)) return inner.map((item) => visit(key, item));
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, item]) => [name, visit(name, item)]));
  };
  return visit("", value);
}
