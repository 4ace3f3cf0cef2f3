import { basename, isAbsolute, join, relative, sep } from "node:path";
import { type Border, borderOf } from "./border.ts";
import { readOrExplain } from "./text-file.ts";

/**
 * Text of an ignore file, which no flag names: in a project it is read inside of it alone. Undefined: there is none.
 * Throws CompileError where it cannot be read.
 */
export function readIgnoreFile(path: string, border: Border): string | undefined {
  const limit = borderOf(path, border);
  return readOrExplain(path, limit === undefined ? {} : { border: limit }, basename(path));
}

/**
 * Where a path lies in a source that BuildKit is sent, with `/`. Undefined: outside, or a line of .dockerignore is that path. Throws
 * CompileError where that file cannot be read.
 */
export function sentPath(context: string, path: string, border: Border): string | undefined {
  const inside = relative(context, path).split(sep).join("/");
  if (inside === "" || inside === ".." || inside.startsWith("../") || isAbsolute(inside)) return undefined;
  const ignored = (readIgnoreFile(join(context, ".dockerignore"), border) ?? "")
    .split("\n")
    .map((line) => line.trim().replace(/^\/|\/$/g, ""));
  return ignored.includes(inside) ? undefined : inside;
}
