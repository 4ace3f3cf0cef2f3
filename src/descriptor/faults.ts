import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** Where faults are found and noted: the file, and the list they are added to. */
export interface Faults {
  readonly file: string;
  readonly text: string;
  readonly found: Diagnostic[];
}
