import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";

/** Text of a file of this package, wherever the program itself lies in it. Throws CompileError when it is missing. */
export function packageFile(file: string): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, file);
    if (existsSync(candidate)) return readFileSync(candidate, "utf8");
    if (directory === dirname(directory)) {
      throw new CompileError([diagnose("cli/incomplete-package", { file })]);
    }
  }
}
