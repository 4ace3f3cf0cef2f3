import { longFlag, type OptionName, orderedRows } from "./table.ts";

/** What is recorded of options, by their names. Undefined, and an empty text: nothing. */
export type RecordedTexts = Partial<
  Readonly<Record<OptionName, string | readonly string[] | boolean | undefined>>
>;

/** The arguments of `generate` that say this, in the order of the table's numbers. */
export function recordedArguments(texts: RecordedTexts): string[] {
  return orderedRows
    .filter(({ recorded }) => recorded !== undefined)
    .flatMap(({ name, flag = "" }) => {
      const said = texts[name];
      const long = longFlag(flag);
      if (typeof said === "boolean") return said ? [long] : [];
      return said === undefined
        ? []
        : [said].flat().flatMap((text) => (text === "" ? [] : `${long}=${text}`));
    });
}
