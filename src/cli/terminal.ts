import { existsSync } from "node:fs";
import { posix } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnosticJson, formatDiagnostic, visible } from "../diagnostics/format.ts";
import { formatSarif, type SarifOptions } from "../diagnostics/sarif.ts";
import { version } from "../version.ts";

/**
 * How diagnostics are told. `text`: drawn, one after another. The others tell them in one piece at the end: `json` as a
 * part of the result's object, `list` as a list of their own, `sarif` as a log for code scanners.
 */
export type OutputForm = "text" | "json" | "list" | "sarif";

/** Where the program speaks: results to standard output, everything else to standard error. */
export class Terminal {
  /** Every warning so far. */
  readonly reported: Diagnostic[] = [];
  readonly #texts = new Map<string, string>();
  readonly #form: OutputForm;
  #warningsAreErrors = false;
  #diff: string | undefined;
  /** The project's directory as it was named, and its descriptor seen from there. */
  #project = { path: ".", descriptor: "project.toml" };

  constructor(form: OutputForm) {
    this.#form = form;
  }

  /** Makes the descriptor known, so that a diagnostic can show the line it points at. */
  know(path: string, file: string, text: string): void {
    this.#project = { path, descriptor: file };
    this.#texts.set(file, text);
  }

  /** From now on. */
  treatWarningsAsErrors(): void {
    this.#warningsAreErrors = true;
  }

  readonly report = (found: Diagnostic): void => {
    const diagnostic = this.#warningsAreErrors ? { ...found, severity: "error" as const } : found;
    this.reported.push(diagnostic);
    this.show(diagnostic);
  };

  show(diagnostic: Diagnostic): void {
    if (this.#form !== "text") return;
    process.stderr.write(
      `${formatDiagnostic(diagnostic, { color: wantsColor(process.stderr), texts: this.#texts })}\n`,
    );
  }

  /** A diff is a result; where JSON was asked for it goes into that. Empty: no difference. */
  showDiff(diff: string): void {
    if (this.#form === "text") this.print(diff);
    else this.#diff = diff;
  }

  /**
   * Tells what was found, where there is nothing else to tell. In: faults after those that were reported; whether
   * everything could be looked at.
   */
  conclude(faults: readonly Diagnostic[], completed = true): void {
    for (const fault of faults) this.show(fault);
    const all = [...this.reported, ...faults];
    const diff = this.#diff === undefined ? {} : { diff: this.#diff };
    switch (this.#form) {
      case "text":
        break;
      case "json":
        this.print(json({ ...diff, diagnostics: all.map(diagnosticJson) }));
        break;
      case "list":
        this.print(json(all.map(diagnosticJson)));
        break;
      case "sarif":
        this.print(formatSarif(all, this.#sarifOptions(completed)));
        break;
    }
  }

  /** A line about what goes on, for people. Names in it may be a stranger's. */
  readonly tell = (line: string): void => {
    process.stderr.write(`${visible(line)}\n`);
  };

  /** As `tell`, of lines that were drawn with colours, and whose names were made visible. */
  tellDrawn(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  print(text: string): void {
    process.stdout.write(text);
  }

  #sarifOptions(completed: boolean): SarifOptions {
    const { path, descriptor } = this.#project;
    const descriptorPath = posix.join(path.replaceAll("\\", "/"), descriptor);
    return {
      version,
      completed,
      fallbackPath: descriptorPath,
      pathOf: (file) => (file === descriptor ? descriptorPath : existsSync(file) ? file : undefined),
    };
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Source: https://no-color.org and the `FORCE_COLOR` that most tools know. */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && process.env.TERM !== "dumb";
}
