import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of these programs that is in one of the directories; of several names the first counts more. */
export function findProgram(names: readonly string[], directories: readonly string[]): string | undefined {
  return names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((file) => isExecutable(file));
}

export function pathDirectories(): readonly string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
