import {
  array,
  boolean,
  type InferOutput,
  literal,
  looseObject,
  number,
  object,
  optional,
  parse,
  string,
} from "valibot";
import type { BenchReport } from "../results.ts";

const spread = object({
  median: number(),
  least: number(),
  lowerQuartile: number(),
  upperQuartile: number(),
  most: number(),
});

/** What a comparison needs of an earlier run. */
const earlier = looseObject({
  version: literal(1),
  commit: string(),
  isQuick: boolean(),
  rows: array(
    looseObject({
      row: string(),
      sides: array(
        looseObject({ side: string(), wall: spread, toReference: optional(looseObject({ spread })) }),
      ),
    }),
  ),
});

export type EarlierReport = InferOutput<typeof earlier>;

export function reportJson(report: BenchReport): string {
  return `${JSON.stringify(report, undefined, 1)}\n`;
}

/** Throws when the text is no report of this benchmark. */
export function readReport(text: string): EarlierReport {
  return parse(earlier, JSON.parse(text));
}
