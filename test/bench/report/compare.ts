import { type BenchReport, ourDoors } from "../results.ts";
import type { Spread } from "../statistics.ts";
import type { EarlierReport } from "./json.ts";

/** How a door's ratio differs from that of an earlier run. */
export interface Change {
  readonly row: string;
  readonly side: string;
  readonly before: Spread;
  readonly now: Spread;
  /** More than what lies between the runs of either. */
  readonly kind: "slower" | "faster" | "within the spread";
}

/** Below this share, no change is told: the machine's other work makes as much. */
const leastChange = 0.08;

/** Of each of our doors that both runs measured beside the same reference. */
export function changesSince(earlier: EarlierReport, now: Pick<BenchReport, "rows">): readonly Change[] {
  return now.rows.flatMap(({ row, sides }) => {
    const before = earlier.rows.find((one) => one.row === row)?.sides ?? [];
    return sides.flatMap(({ side, toReference }): readonly Change[] => {
      const old = before.find((one) => one.side === side)?.toReference?.spread;
      if (!ourDoors.some((door) => door === side) || toReference === undefined || old === undefined)
        return [];
      return [{ row, side, before: old, now: toReference.spread, kind: kindOf(old, toReference.spread) }];
    });
  });
}

/** A change counts if the middle halves of both runs' rounds lie apart. */
function kindOf(before: Spread, now: Spread): Change["kind"] {
  const isLarge = Math.abs(now.median / before.median - 1) >= leastChange;
  if (isLarge && now.lowerQuartile > before.upperQuartile) return "slower";
  if (isLarge && now.upperQuartile < before.lowerQuartile) return "faster";
  return "within the spread";
}

export function changesText(earlier: EarlierReport, now: Pick<BenchReport, "rows">): string {
  const lines = changesSince(earlier, now).map(({ row, side, before, now: after, kind }) => {
    const percent = (after.median / before.median - 1) * 100;
    const mark = kind === "within the spread" ? kind : `${kind.toUpperCase()}, beyond the spread of both`;
    return `  ${row.padEnd(22)} ${side.padEnd(7)} ${spreadText(before)} → ${spreadText(after)}  ${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(0)} %  ${mark}\n`;
  });
  const kind = earlier.isQuick ? "--quick, " : "";
  return `Ratios since ${earlier.commit} (${kind}median and the middle half of the rounds):\n${lines.join("")}`;
}

function spreadText({ median, lowerQuartile, upperQuartile }: Spread): string {
  return `${median.toFixed(2)} (${lowerQuartile.toFixed(2)}–${upperQuartile.toFixed(2)})`;
}
