import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { textOf } from "../layer/byte-string.ts";
import { LargeFileError } from "../layer/plain-path.ts";
import { type EntryKind, OddEntryError } from "../layer/walk.ts";

const writeFaults: ReadonlySet<string | undefined> = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EFBIG",
  "EEXIST",
]);

/** Whether `error` is one that the operating system answered to a file operation. */
export function isFileFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "errno" in error;
}

/** How messages call what somebody left in the place of something else. */
export const kindNames: Readonly<Record<EntryKind, string>> = {
  ...{ directory: "directory", file: "file", symlink: "symbolic link", fifo: "FIFO", socket: "socket" },
  device: "device",
};

/**
 * `error` as the user is told of it; anything but a file's fault comes back as it is. In: says which buildpack a path
 * belongs to; absent, or answering undefined: nobody knows.
 */
export function asCompileError(
  error: unknown,
  buildpackAt: (path: string) => string | undefined = () => undefined,
): unknown {
  if (error instanceof OddEntryError) {
    const file = textOf(error.path);
    const values = {
      path: file,
      kind: kindNames[error.kind],
      wanted: error.wanted,
      buildpack: buildpackAt(file),
    };
    return new CompileError([diagnose("export/odd-entry", values, { file })], { cause: error });
  }
  if (error instanceof LargeFileError) {
    const { sizeBytes, limitBytes } = error;
    const file = textOf(error.path);
    const values = { path: file, sizeBytes, limitBytes, buildpack: buildpackAt(file) };
    return new CompileError([diagnose("export/too-large", values, { file })], { cause: error });
  }
  if (!isFileFault(error)) return error;
  const code = writeFaults.has(error.code) ? "export/unwritable" : "export/unreadable";
  const path = error.path === undefined ? "a file" : String(error.path);
  return new CompileError([diagnose(code, { path, reason: reasonOf(error) }, { file: path })], {
    cause: error,
  });
}

/** `ENOSPC: no space left on device`, without the path and the call that node appends. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return isFileFault(error) ? message.replace(/, [a-z_]+( .*)?$/s, "") : message;
}
