import { it } from "vitest";
import { isRoot } from "./needs-root.ts";

/** Another user of the machine, who need not exist. */
export const neighbour = 4_242;

/** A test that gives files to another user, which root alone can do. */
export function neighbourTest(title: string, run: () => void | Promise<void>): void {
  it(title, ({ skip }) => {
    skip(!isRoot, "only root can give files to another user");
    return run();
  });
}
