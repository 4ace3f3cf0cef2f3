import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";

/** What the system refuses for want of room or rights. Others, as ENOENT, are as likely a mistake of ours. */
const refusals = [
  ...[
    "ENOSPC",
    "EDQUOT",
    "EROFS",
    "EACCES",
    "EPERM",
    "EMFILE",
    "ENFILE",
    "ENAMETOOLONG",
    "ENOTDIR",
    "EISDIR",
  ],
  ...["ELOOP", "EIO", "ENOMEM", "EFBIG", "E2BIG"],
];

/** The message for a fault of the machine that no place of ours explains. Undefined: it may be a fault of ours. */
export function systemFault(error: unknown): Diagnostic | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const { syscall, code, path } = error as NodeJS.ErrnoException;
  if (syscall === "uv_cwd") return diagnose("cli/no-current-directory", { reason: systemReason(error) });
  if (code === undefined || !refusals.includes(code)) return undefined;
  const values = { call: syscall ?? "", path, reason: systemReason(error) };
  return diagnose("cli/system-refused", values, path === undefined ? undefined : { file: path });
}
