import { getuid, stderr } from "node:process";
import { it } from "vitest";

/** Another user of the machine, who need not exist. */
export const neighbour = 4_242;

/** A test that gives files to another user, which root alone can do. */
export function neighbourTest(title: string, run: () => void | Promise<void>): void {
  const isRoot = getuid?.() === 0;
  if (!isRoot) stderr.write(`skipped, as only root can give files to another user: ${title}\n`);
  it.skipIf(!isRoot)(title, run);
}
