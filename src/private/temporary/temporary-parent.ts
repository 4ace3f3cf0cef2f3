import { tmpdir } from "node:os";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { NotPrivate } from "../not-private.ts";
import { ownDirectory } from "../own-directory.ts";
import { placeReason } from "../place-reason.ts";
import { makePrivateDirectory } from "../private-directory.ts";
import { safeParent } from "../safe-parent.ts";

/**
 * The directory for temporary files (TMPDIR), or one in our cache where another user could replace what we make there.
 * Out: its path without links. Throws CompileError.
 */
export function temporaryParent(): string {
  try {
    return safeParent(tmpdir());
  } catch (error) {
    const own = error instanceof NotPrivate ? inCache() : undefined;
    if (own !== undefined) return own;
    throw noTemporaryDirectory(error);
  }
}

/** The message for why nothing can be made there; any other error is handed back. */
export function noTemporaryDirectory(error: unknown): unknown {
  const reason = placeReason(error);
  if (reason === undefined) return error;
  const values = { directory: tmpdir(), reason };
  return new CompileError([diagnose("private/no-temporary-directory", values, { file: "TMPDIR" })], {
    cause: error,
  });
}

function inCache(): string | undefined {
  try {
    return makePrivateDirectory(join(ownDirectory("cache"), "tmp"));
  } catch {
    return undefined;
  }
}
