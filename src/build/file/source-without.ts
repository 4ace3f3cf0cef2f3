import { writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import { partialPattern } from "../../engines/outputs/output-files.ts";
import { type Border, namedBy } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { readIgnoreFile } from "../../files/ignore-file.ts";
import { bytesOrExplain } from "../../files/text-file.ts";
import { emptiedApp } from "./emptied-app.ts";

/**
 * Keeps what the build writes out of the source, where the next build would take it for a part of the app. BuildKit reads
 * the ignore file that lies beside the file to build. In: patterns of an ignore file; a directory for files of the build.
 */
export function sourceWithout(
  request: BuildRequest,
  patterns: readonly string[],
  border: Border,
  work: string,
): BuildRequest {
  const { file } = request;
  const before = ignoreFileOf(request, border)?.text ?? "";
  if (patterns.length === 0) return request;
  if (file.directory !== work) {
    const path = join(file.directory, file.name);
    const bytes = bytesOrExplain(path, namedBy("--file", path, border));
    writeFileSync(join(work, file.name), bytes ?? "");
  }
  writeFileSync(join(work, `${file.name}.dockerignore`), `${before}\n${patterns.join("\n")}\n`);
  return { ...request, file: { directory: work, name: file.name } };
}

/** Patterns of the paths that lie below the source, also while they have no name yet. */
export function patternsOf(context: string, paths: readonly string[]): string[] {
  return paths
    .map((path) => relative(context, resolve(plainPath(path))))
    .filter((path) => path !== "" && !path.startsWith("..") && !isAbsolute(path))
    .flatMap(withPartial);
}

/** A pattern, and that of the same file while it is written. */
export function withPartial(path: string): string[] {
  return [path, join(dirname(path), partialPattern(basename(path)))];
}

/** A warning of an ignore file that leaves nothing of the app. Undefined: something may be left. */
export function emptiedSource(request: BuildRequest, border: Border): Diagnostic | undefined {
  const ignored = ignoreFileOf(request, border);
  return ignored && emptiedApp(request.context, ignored.name, ignored.text);
}

/** The ignore file that BuildKit reads: the one of the file to build, else the app's. Undefined: there is none. */
function ignoreFileOf(
  { context, file }: BuildRequest,
  border: Border,
): { readonly name: string; readonly text: string } | undefined {
  const places = [
    { name: `${file.name}.dockerignore`, directory: file.directory },
    { name: ".dockerignore", directory: context },
  ];
  for (const { name, directory } of places) {
    const text = readIgnoreFile(join(directory, name), border);
    if (text !== undefined) return { name, text };
  }
  return undefined;
}
