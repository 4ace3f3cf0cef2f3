import { median } from "../helpers/median.ts";
import type { Row, Target } from "./matrix.ts";
import { ourDoors, type SideResult, type Verdict } from "./results.ts";
import { pairwiseDifferences, pairwiseRatios } from "./statistics.ts";

/** Whether our doors keep to a row's targets; of several doors, the worse one counts. */
export function verdictsOf(
  targets: readonly Target[],
  sides: readonly Pick<SideResult, "side" | "runs">[],
): readonly Verdict[] {
  const wall = (name: string) => sides.find(({ side }) => side === name)?.runs.map(({ wallMs }) => wallMs);
  return targets.flatMap((target) => {
    const { door, beside, times = 1, ratio, moreMs } = target;
    const measured = (door === undefined ? ourDoors : [door]).flatMap((one) => {
      const [ours, other] = [wall(one), wall(beside === "once" ? `${one}:once` : beside)];
      return ours === undefined || other === undefined || other.length === 0 ? [] : [{ one, ours, other }];
    });
    const worst = (limit: number, unit: Verdict["unit"]): readonly Verdict[] => {
      const values = measured.map(({ one, ours, other }) => {
        const reference = other.map((ms) => ms * times);
        const pairs =
          unit === "ratio" ? pairwiseRatios(ours, reference) : pairwiseDifferences(ours, reference);
        return { side: one, value: median(pairs) };
      });
      const [first] = values.toSorted((a, b) => b.value - a.value);
      if (first === undefined) return [];
      return [{ target: titleOf(target, unit), ...first, limit, unit, isMet: first.value <= limit }];
    };
    return [
      ...(ratio === undefined ? [] : worst(ratio, "ratio")),
      ...(moreMs === undefined ? [] : worst(moreMs, "ms more")),
    ];
  });
}

/** What a row's ratios are to: pack, if it builds there. */
export function referenceOf({ doors, targets }: Row): Pick<Target, "beside" | "times"> {
  return doors.includes("pack")
    ? { beside: "pack" }
    : (targets.find(({ beside }) => beside === "once") ?? { beside: "once" });
}

export function referenceTitle({ beside, times }: Pick<Target, "beside" | "times">): string {
  return beside === "once" && times === 2 ? "twice one platform" : references[beside];
}

const references = {
  pack: "pack build",
  dockerfile: "the hand-written Dockerfile",
  once: "one build",
} as const;

function titleOf({ beside, times, ratio, moreMs }: Target, unit: Verdict["unit"]): string {
  const reference = referenceTitle({ beside, ...(times === undefined ? {} : { times }) });
  return unit === "ratio" ? `${ratio} of ${reference}` : `${moreMs} ms more than ${reference}`;
}
