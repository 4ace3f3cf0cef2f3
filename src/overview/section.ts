/** A heading, and what stands below it: rows of a label and a text. No row: the section is left out. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}
export type Row = readonly [label: string, text: string];

/** Items that are alike in what counts, by the first of them. */
export function alikeBut<Item>(
  items: readonly Item[],
  whatCounts: (item: Item) => unknown,
): { readonly first: Item; readonly alike: readonly Item[] }[] {
  const found = Map.groupBy(items, (item) => JSON.stringify(whatCounts(item)));
  return [...found.values()].flatMap((alike) => alike.slice(0, 1).map((first) => ({ first, alike })));
}
