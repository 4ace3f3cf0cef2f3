import { isAbsolute, relative, sep } from "node:path";

/** Whether a path is a directory or lies in it. In: absolute paths, both without links. */
export function isBelow(path: string, directory: string): boolean {
  const below = relative(directory, path);
  return below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}
