import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { readJsonFile } from "../checked-file.ts";

/** What `files` writes: the bytes of a file are its text in UTF-8, or several texts one after the other. */
const fileListSchema = v.array(
  v.strictObject({
    path: v.string(),
    mode: v.pipe(v.string(), v.regex(/^0?[0-7]{3,4}$/)),
    content: v.union([v.string(), v.array(v.string())]),
  }),
);

/**
 * Writes the files that `listPath` names below `directory`, byte for byte, which a heredoc cannot (it ends in a newline).
 * Out: how many. Throws CompileError `export/invalid-path` before anything is written.
 */
export function writeFiles(listPath: ByteString, directory: ByteString): number {
  const list = readJsonFile(listPath, fileListSchema);
  const file = textOf(listPath);
  const faults = list
    .filter(({ path }) => !isInside(path))
    .map(({ path }) => diagnose("export/invalid-path", { path, file }, { file }));
  if (faults.length > 0) throw new CompileError(faults);
  for (const { path, mode, content } of list) {
    const target = bytesOf(`${directory}${byteStringOf(path)}`);
    makeParents(directory, byteStringOf(path));
    writeFileSync(target, typeof content === "string" ? content : content.join(""));
    chmodSync(target, Number.parseInt(mode, 8));
  }
  return list.length;
}

function isInside(path: string): boolean {
  return path.length > 1 && posix.normalize(path) === path && path.startsWith("/") && !/\/$|\0/.test(path);
}

/** Directories are 0755 whatever the umask; those that exist stay as they are. */
function makeParents(directory: ByteString, path: ByteString): void {
  const parts = path.split("/").slice(1, -1);
  mkdirSync(bytesOf(directory), { recursive: true });
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const parent = bytesOf(`${directory}/${parts.slice(0, depth).join("/")}`);
    try {
      mkdirSync(parent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    chmodSync(parent, 0o755);
  }
}
