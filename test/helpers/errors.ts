import { CompileError, type Diagnostic, type DiagnosticCode } from "../../src/index.ts";

/** What `action` finds wrong. Fails the test where it finds nothing, or throws anything but a CompileError. */
export function faultsOf(action: () => unknown): readonly Diagnostic[] {
  try {
    action();
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics;
    throw error;
  }
  throw new Error("nothing was found wrong");
}

/** Codes of what `action` finds wrong. */
export function codesOf(action: () => unknown): readonly DiagnosticCode[] {
  return faultsOf(action).map(({ code }) => code);
}

/** The same of something that takes time. */
export async function faultsOfAsync(action: () => Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics;
    throw error;
  }
  throw new Error("nothing was found wrong");
}
