/** By code units: the same order on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Values in the order of what `textOf` makes of them, which it does once for each. */
export function sortedBy<T>(values: Iterable<T>, textOf: (value: T) => string): T[] {
  return Array.from(values, (value) => ({ value, text: textOf(value) }))
    .sort((a, b) => compareTexts(a.text, b.text))
    .map(({ value }) => value);
}
