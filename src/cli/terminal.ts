import { type Diagnostic, formatDiagnostic } from "../index.ts";

/** Where the program speaks: results to standard output, everything else to standard error. */
export class Terminal {
  /** Every warning so far. */
  readonly reported: Diagnostic[] = [];
  private readonly texts = new Map<string, string>();
  private readonly quiet: boolean;
  private diff: string | undefined;

  /** Quiet: diagnostics go into the JSON on standard output instead. */
  constructor(quiet: boolean) {
    this.quiet = quiet;
  }

  /** Makes a file's text known, so that a diagnostic can show the line it points at. */
  know(file: string, text: string): void {
    this.texts.set(file, text);
  }

  readonly report = (diagnostic: Diagnostic): void => {
    this.reported.push(diagnostic);
    this.show(diagnostic);
  };

  show(diagnostic: Diagnostic): void {
    if (this.quiet) return;
    process.stderr.write(`${formatDiagnostic(diagnostic, { color: wantsColor(), texts: this.texts })}\n`);
  }

  /** A diff is a result; where JSON was asked for it goes into that. Empty: no difference. */
  showDiff(diff: string): void {
    if (this.quiet) this.diff = diff;
    else this.print(diff);
  }

  /** What goes to standard output where JSON was asked for and there is no result. */
  json(faults: readonly Diagnostic[]): string {
    const diff = this.diff === undefined ? {} : { diff: this.diff };
    return `${JSON.stringify({ ...diff, diagnostics: [...this.reported, ...faults] }, null, 2)}\n`;
  }

  print(text: string): void {
    process.stdout.write(text);
  }
}

/** Source: https://no-color.org and the `FORCE_COLOR` that most tools know. */
function wantsColor(): boolean {
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== "0") return true;
  return process.stderr.isTTY === true && process.env.TERM !== "dumb";
}
