import { isTable } from "../schema/table.ts";

interface QuotedKey {
  /** Key path, of which a part has dots in its name. */
  readonly key: string;
  /** Header of the table, or of the list's entry, that was meant. */
  readonly header: string;
}

/** Beginnings of the paths that mean something. */
const known = /^(?:io\.buildpacks|io\.github\.cnb-dockerfile|build\.(?:buildpacks|env))(?:\.|$)/;

/** Finds keys such as `"io.buildpacks"`: in quotes, a path is a single key, which nothing reads. */
export function quotedKeys(table: Readonly<Record<string, unknown>>): QuotedKey[] {
  const outer = [["", table] as const, ...["io", "build"].map((key) => [key, table[key]] as const)];
  return outer.flatMap(([path, inner]) => {
    if (!isTable(inner)) return [];
    const prefix = path === "" ? "" : `${path}.`;
    return Object.keys(inner)
      .filter((key) => key.includes(".") && known.test(`${prefix}${key}`))
      .map((key) => {
        const path = `${prefix}${key}`;
        return { key: path, header: Array.isArray(inner[key]) ? `[[${path}]]` : `[${path}]` };
      });
  });
}
