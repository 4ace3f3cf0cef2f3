import { type AST, parseTOML } from "toml-eslint-parser";
import type { Mend } from "../../diagnostics/diagnostic.ts";
import { formatPath } from "../schema/key-path.ts";

/** Something that goes: from where to where, and where its replacement stands. Offsets in characters. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly place: number;
}

/**
 * The text of a descriptor after a change; whole lines go and come. In: TOML with bare newlines.
 * Out: undefined where nothing stands at the paths that are to go.
 */
export function applyMend(text: string, { removes, lines }: Mend): string | undefined {
  const pieces = piecesOf(text, removes);
  const [first] = pieces;
  if (first === undefined) return undefined;
  const before = without(text, pieces, 0, first.place);
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  return `${before}${gap}${lines.join("\n")}\n${without(text, pieces, first.place, text.length)}`;
}

function piecesOf(text: string, removes: readonly string[]): Piece[] {
  const goes = (path: readonly (string | number)[]) => {
    const shown = formatPath(path);
    return removes.some((gone) => shown.startsWith(gone) && /^(?:$|[.[])/.test(shown.slice(gone.length)));
  };
  const lineStart = (offset: number) => text.lastIndexOf("\n", offset - 1) + 1;
  const nextLine = (offset: number) => {
    const end = text.indexOf("\n", offset);
    return end === -1 ? text.length : end + 1;
  };
  const keys = (entries: readonly AST.TOMLKeyValue[], table: readonly (string | number)[]) =>
    entries
      .filter(({ key }) => goes([...table, ...key.keys.map(nameOf)]))
      .map(({ range: [from, to] }) => ({
        from: lineStart(from),
        to: nextLine(to),
        // Behind the last key of its table: what comes may be a table itself.
        place: nextLine(entries.at(-1)?.range[1] ?? to),
      }));
  const [top] = readToml(text)?.body ?? [];
  const own = top?.body.filter((node) => node.type === "TOMLKeyValue") ?? [];
  return [
    ...keys(own, []),
    ...(top?.body ?? []).flatMap((node) => {
      if (node.type !== "TOMLTable") return [];
      if (!goes(node.resolvedKey)) return keys(node.body, node.resolvedKey);
      const from = lineStart(node.range[0]);
      return [{ from, to: nextLine(node.range[1]), place: from }];
    }),
  ];
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

/** Undefined: this parser reads less than the one that gives the values, at some odd place. */
function readToml(text: string): AST.TOMLProgram | undefined {
  try {
    return parseTOML(text, { tomlVersion: "1.0.0" });
  } catch {
    return undefined;
  }
}

/** What stands between two offsets, but for the pieces. */
function without(text: string, pieces: readonly Piece[], start: number, end: number): string {
  let rest = "";
  let at = start;
  for (const { from, to } of pieces) {
    if (to <= at || from >= end) continue;
    rest += text.slice(at, Math.max(at, from));
    at = Math.min(to, end);
  }
  return rest + text.slice(at, end);
}
