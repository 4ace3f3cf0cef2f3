import { median } from "../helpers/median.ts";

/** How values of several runs lie; all in the values' own unit. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly most: number;
}

/** In: one value a run, at least one. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("no value has no spread");
  const at = (share: number) => quantile(values, share);
  return {
    median: median(values),
    least: at(0),
    lowerQuartile: at(0.25),
    upperQuartile: at(0.75),
    most: at(1),
  };
}

/**
 * The ratio of each pair of runs of one round, so that what slows the whole machine slows both. In: one value a round each, in the
 * rounds' order.
 */
export function pairwiseRatios(values: readonly number[], reference: readonly number[]): number[] {
  return pairs(values, reference).map(([value, other]) => value / other);
}

/** As `pairwiseRatios`: how much more each run takes than the other of its round. */
export function pairwiseDifferences(values: readonly number[], reference: readonly number[]): number[] {
  return pairs(values, reference).map(([value, other]) => value - other);
}

/** Between two values, what lies between them in proportion. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [lower = 0, upper = lower] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return lower + (upper - lower) * (place - Math.floor(place));
}

function pairs(values: readonly number[], reference: readonly number[]): (readonly [number, number])[] {
  return values.flatMap((value, index) => {
    const other = reference[index];
    return other === undefined ? [] : [[value, other] as const];
  });
}
