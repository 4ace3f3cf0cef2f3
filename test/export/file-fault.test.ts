import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { asCompileError } from "../../src/export/file-fault.ts";
import { absent } from "../helpers/absent.ts";

it.each([
  [
    "a file that is not there",
    () => readFileSync(absent),
    "export/unreadable",
    `Cannot read ${absent}: ENOENT: no such file or directory.`,
  ],
  [
    "a disk that is full",
    () => writeFileSync("/dev/full", "x"),
    "export/unwritable",
    "Cannot write a file: ENOSPC: no space left on device.",
  ],
])("tells of %s", (_, action, code, message) => {
  let fault: unknown;
  try {
    action();
  } catch (error) {
    fault = asCompileError(error);
  }
  if (!(fault instanceof CompileError)) throw new Error("no fault of a file");
  expect(fault.diagnostics).toMatchObject([{ code, message }]);
});

it("leaves our own faults as they are", () => {
  const bug = new TypeError("ours");
  expect(asCompileError(bug)).toBe(bug);
});
