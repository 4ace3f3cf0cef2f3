import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";

/** Lines that name everything. */
const everything = new Set(["*", "**", "**/*", "."]);

/**
 * Warns of an ignore file that leaves nothing of the app. In: the app's directory, the file's name for messages, its text.
 * Out: undefined where something may be left. Source: docker's documentation, ".dockerignore file".
 */
export function emptiedApp(directory: string, file: string, text: string): Diagnostic | undefined {
  const lines = text.split(/\r?\n/).map((line) => (line.startsWith("#") ? "" : line.trim()));
  const last = lines.findLastIndex((line) => everything.has(cleaned(line)));
  if (last === -1) return undefined;
  const takenBack = lines.slice(last + 1).filter((line) => line.startsWith("!"));
  const isEmpty = takenBack.every((line) => {
    const path = cleaned(line.slice(1).trim());
    // What has a wildcard may match anything.
    return !/[*?[\\]/.test(path) && (path === "project.toml" || !existsSync(join(directory, path)));
  });
  return isEmpty
    ? diagnose("cli/app-ignored", { file, pattern: lines[last] ?? "" }, { file, line: last + 1 })
    : undefined;
}

/** As docker reads a pattern: a slash in front or at the end, and `./`, mean nothing. */
function cleaned(pattern: string): string {
  const path = posix.normalize(`/${pattern}`).slice(1).replace(/\/$/, "");
  return path === "" && pattern !== "" ? "." : path;
}
