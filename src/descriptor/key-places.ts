import { type AST, parseTOML } from "toml-eslint-parser";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { DescriptorText } from "./descriptor.ts";
import { formatPath, joinKey } from "./schema/key-path.ts";

interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Puts line and column into diagnostics that point at a key of the descriptor. A key that is not there has the place of
 * the table that lacks it. The parser that gives the values knows no places, so another one reads the text, and only
 * where there is something to say.
 */
export function keyPlaces({ file, text }: DescriptorText): (diagnostic: Diagnostic) => Diagnostic {
  let places: ReadonlyMap<string, Place> | undefined;
  return (diagnostic) => {
    const { location } = diagnostic;
    if (location?.keyPath === undefined || location.file !== file || location.line !== undefined) {
      return diagnostic;
    }
    places ??= readPlaces(text.replaceAll("\r\n", "\n"));
    const place = nearest(places, location.keyPath);
    return place === undefined ? diagnostic : { ...diagnostic, location: { ...location, ...place } };
  };
}

function nearest(places: ReadonlyMap<string, Place>, keyPath: string): Place | undefined {
  for (let path = keyPath; path !== ""; path = outerOf(path)) {
    const place = places.get(path);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The table or list that holds what stands at a key path. */
function outerOf(keyPath: string): string {
  return keyPath.slice(0, Math.max(keyPath.lastIndexOf("."), keyPath.lastIndexOf("["), 0));
}

/** Key path → where the key stands; of a list's item, where the item begins. Lines and columns are 1-based. */
function readPlaces(text: string): Map<string, Place> {
  const places = new Map<string, Place>();
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch {
    // It reads less than the other one, at some odd place; the message is right without.
    return places;
  }
  const [top] = program.body;
  for (const node of top.body) {
    if (node.type === "TOMLKeyValue") addKeyValue(places, "", node);
    else {
      const path = formatPath(node.resolvedKey);
      add(places, path, node);
      for (const inner of node.body) addKeyValue(places, path, inner);
      // A list begins at its first `[[name]]`, a table that has no line of its own at the first one inside it.
      for (const [depth] of node.resolvedKey.entries()) {
        add(places, formatPath(node.resolvedKey.slice(0, depth)), node);
      }
    }
  }
  return places;
}

function addKeyValue(places: Map<string, Place>, path: string, node: AST.TOMLKeyValue): void {
  let keyPath = path;
  for (const key of node.key.keys) {
    keyPath = joinKey(keyPath, key.type === "TOMLBare" ? key.name : key.value);
    add(places, keyPath, key);
  }
  addValue(places, keyPath, node.value);
}

function addValue(places: Map<string, Place>, keyPath: string, value: AST.TOMLContentNode): void {
  if (value.type === "TOMLInlineTable") {
    for (const inner of value.body) addKeyValue(places, keyPath, inner);
  }
  if (value.type === "TOMLArray") {
    for (const [index, element] of value.elements.entries()) {
      const path = joinKey(keyPath, index);
      add(places, path, element);
      addValue(places, path, element);
    }
  }
}

function add(places: Map<string, Place>, keyPath: string, { loc }: AST.TOMLNode): void {
  if (!places.has(keyPath)) places.set(keyPath, { line: loc.start.line, column: loc.start.column + 1 });
}
