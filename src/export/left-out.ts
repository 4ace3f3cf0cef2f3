import { diagnose } from "../diagnostics/diagnose.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { EntryKind } from "../layer/walk.ts";

/** Tells of what no layer holds. A socket is nothing without the process that listened, and pack leaves it out unsaid. */
export function reportLeftOut(path: string, kind: EntryKind, report: Report): void {
  if (kind !== "socket") report(diagnose("export/left-out", { path, kind }));
}
