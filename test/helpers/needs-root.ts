import { getuid } from "node:process";
import { beforeEach } from "vitest";

export const isRoot = getuid?.() === 0;

/** Skips the tests that stand beside it, and says why, where somebody else runs them. In: what root alone can do. */
export function needsRoot(what: string): void {
  beforeEach(({ skip }) => skip(!isRoot, `only root can ${what}`));
}
