import type { DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../src/diagnostics/diagnostic.ts";

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

/** What an asynchronous `action` finds wrong; of a TemporaryError its one diagnostic. Fails where it finds nothing. */
export async function faultsOfAsync(
  action: Promise<unknown>,
): Promise<{ readonly temporary: boolean; readonly faults: readonly Diagnostic[] }> {
  try {
    await action;
  } catch (error) {
    if (error instanceof CompileError) return { temporary: false, faults: error.diagnostics };
    if (error instanceof TemporaryError) return { temporary: true, faults: [error.diagnostic] };
    throw error;
  }
  throw new Error("nothing was found wrong");
}
