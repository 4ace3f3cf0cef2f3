import { epochSeconds } from "../../src/contract/epoch.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import type { FrontendOptions } from "./options.ts";
import { argumentOf } from "./options.ts";

/**
 * SOURCE_DATE_EPOCH, in seconds since 1970. Undefined: none was given. Warns of one before the time of the files: an exporter
 * with `rewrite-timestamp`, which no frontend can see, then changes them, and the digests. Throws CompileError for what is no time.
 */
export function readEpoch(options: Pick<FrontendOptions, "values">, report: Report): number | undefined {
  const { values } = options;
  const text = values["build-arg:SOURCE_DATE_EPOCH"] ?? "";
  const place = { file: "--build-arg SOURCE_DATE_EPOCH" };
  if (text === "") return undefined;
  if (/^\d{1,11}$/.test(text)) {
    const seconds = Number(text);
    if (seconds < epochSeconds && !isFromOurClient(options)) {
      report(diagnose("frontend/early-epoch", { text }, place));
    }
    return seconds;
  }
  throw new CompileError([diagnose("frontend/bad-epoch", { text }, place)]);
}

/** `build` says where a project comes from, and sees itself what the exporter is told. */
function isFromOurClient(options: Pick<FrontendOptions, "values">): boolean {
  return argumentOf(options, "source") !== undefined || argumentOf(options, "sourcePlace") !== undefined;
}
