/** Rows of cells as text, each column as wide as its widest cell. Ends in a newline. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(width(column))).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
