import { expect, it } from "vitest";
import { systemFault } from "../../src/cli/system-fault.ts";

const fault = (code: string, syscall?: string, path?: string) =>
  Object.assign(new Error(`${code}: as Node says it`), {
    code,
    ...(syscall === undefined ? {} : { syscall }),
    ...(path === undefined ? {} : { path }),
  });

it.each([
  ["ENOSPC", "write", undefined, "`write` failed: no space left on device."],
  ["EDQUOT", "open", "/x/y", "Cannot use /x/y: disk quota exceeded."],
  ["EROFS", "mkdir", "/x", "Cannot use /x: read-only file system."],
  ["EMFILE", "open", "/x", "Cannot use /x: too many open files."],
])("says what the system refuses (%s)", (code, syscall, path, message) => {
  expect(systemFault(fault(code, syscall, path))).toMatchObject({ code: "cli/system-refused", message });
});

it("says that the current directory is gone", () => {
  expect(systemFault(fault("ENOENT", "uv_cwd"))?.code).toBe("cli/no-current-directory");
});

it.each([
  ["a file of ours that is missing", fault("ENOENT", "open", "/x")],
  ["a file that we have closed", fault("EBADF", "write")],
  ["a fault of no system call", fault("EACCES")],
  ["any other", new TypeError("x is not a function")],
  ["what is no error", "EACCES"],
])("leaves %s to be reported with its stack", (_, error) => {
  expect(systemFault(error)).toBeUndefined();
});
