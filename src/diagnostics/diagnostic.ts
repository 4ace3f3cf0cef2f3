import type { DiagnosticCode } from "./catalog.ts";

/** Where in the user's input a diagnostic points. Lines and columns are 1-based. */
export interface SourceLocation {
  /** As the user named it: a file, a flag (`--platform`) or an image reference. */
  readonly file: string;
  readonly line?: number;
  /** Absent where the parser knows the line only. */
  readonly column?: number;
  /** Dotted path of the key, as `io.buildpacks.group[1].uri`. */
  readonly keyPath?: string;
}

/** A change of the file that a diagnostic points at. */
export interface Mend {
  /** Dotted paths of the keys and tables that go, as `io.buildpacks.env`; each with all that is below it. */
  readonly removes: readonly string[];
  /** TOML that takes their place, line by line; the first line is a table's header or a key of the same table. */
  readonly lines: readonly string[];
}

/** One thing the user should know: what, where, what to do. */
export interface Diagnostic {
  /** `room/fault`; stable, documented in docs/reference/diagnostics. */
  readonly code: DiagnosticCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The change that the hint announces; it was tried on the file. Absent: the hint says all. */
  readonly mend?: Mend;
  readonly location?: SourceLocation;
}

/** Takes the warnings of a pass as they are found. */
export type Report = (diagnostic: Diagnostic) => void;

/** The user's input is wrong; exit code 1. Holds everything that one pass found, never nothing. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    diagnostics: readonly [Diagnostic, ...Diagnostic[]] | readonly Diagnostic[],
    options?: ErrorOptions,
  ) {
    super(diagnostics.map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`).join("\n"), options);
    this.diagnostics = diagnostics;
  }
}

/** Something outside failed in a way that may pass; exit code 75 (EX_TEMPFAIL), retrying can help. */
export class TemporaryError extends Error {
  override readonly name = "TemporaryError";
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic, options?: ErrorOptions) {
    super(`${diagnostic.code}: ${diagnostic.message}`, options);
    this.diagnostic = diagnostic;
  }
}
