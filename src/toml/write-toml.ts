import { stringify } from "smol-toml";
import type { TomlTable } from "./toml-table.ts";

/** A table as text, with numbers as floats; ends in a newline. */
export function writeToml(table: TomlTable): string {
  return `${stringify(table, { numbersAsFloat: true }).trim()}\n`;
}
