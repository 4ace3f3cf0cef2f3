import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

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

/** `error` as the user is told of it; anything but a file's fault comes back as it is. */
export function asCompileError(error: unknown): unknown {
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
