import { tmpdir } from "node:os";
import { diagnose } from "../../../diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../../diagnostics/diagnostic.ts";
import { NoRoom } from "../disk-room.ts";
import { ExcessiveOutput } from "../processes/bounded-output.ts";
import { GitLimitError } from "./git-limit-error.ts";

/** What a user is told of a limit that a repository goes beyond; other errors stay as they are. In: a URL to be shown. */
export function limitFault(error: unknown, remote: string): unknown {
  const place = { file: "--git" };
  if (error instanceof NoRoom) {
    const values = { directory: tmpdir(), reason: error.message };
    return new CompileError([diagnose("cli/no-room", values, place)], { cause: error });
  }
  if (error instanceof ExcessiveOutput) {
    const values = { remote, reason: `git was stopped because ${error.message}`, limit: "output" } as const;
    return new CompileError([diagnose("cli/git-limit", values, place)], { cause: error });
  }
  if (!(error instanceof GitLimitError)) return error;
  const { limit, message: reason } = error;
  if (limit === "silenceMs" || limit === "totalMs") {
    return new TemporaryError(diagnose("cli/git-slow", { remote, reason }, place), { cause: error });
  }
  return new CompileError([diagnose("cli/git-limit", { remote, reason, limit }, place)], { cause: error });
}
