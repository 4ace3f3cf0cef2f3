import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LifecyclePlan } from "../../src/index.ts";
import { goldenDirectory } from "./cases.ts";

/** The plan of the golden case `minimal`, but for what is given. */
export function planOf(parts: Partial<LifecyclePlan> = {}): LifecyclePlan {
  const plan = JSON.parse(
    readFileSync(join(goldenDirectory, "minimal", "plan.json"), "utf8"),
  ) as LifecyclePlan;
  return { ...plan, ...parts };
}
