import { systemReason } from "../diagnostics/system-reason.ts";
import { NotPrivate } from "./not-private.ts";

/** Why a place for files is of no use, for a message. Undefined: the error is another one. */
export function placeReason(error: unknown): string | undefined {
  if (error instanceof NotPrivate) return error.reason;
  return error instanceof Error && "syscall" in error ? systemReason(error) : undefined;
}
