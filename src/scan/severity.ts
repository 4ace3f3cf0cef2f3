import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";

/** What a build can fail on, mildest first. Source: Grype, `--fail-on`. */
export const thresholds = ["negligible", "low", "medium", "high", "critical"] as const;
export type Threshold = (typeof thresholds)[number];

/** `unknown`: the database has no severity for it; milder than all, so no threshold reaches it. */
export const severities = ["unknown", ...thresholds] as const;
export type Severity = (typeof severities)[number];

/** Reads a severity as users type it, in any letter case. Throws CompileError `scan/unknown-severity`. */
export function readThreshold(text: string, location: SourceLocation): Threshold {
  const word = text.trim().toLowerCase();
  const found = thresholds.find((severity) => severity === word);
  if (found !== undefined) return found;
  const nearest = closest(word, thresholds);
  throw new CompileError([diagnose("scan/unknown-severity", { text, known: thresholds, nearest }, location)]);
}

/** Whether a finding has the threshold's severity or a higher one. */
export function reaches(severity: Severity, threshold: Threshold): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold);
}
