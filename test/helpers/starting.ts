import { describe, inject, it } from "vitest";

/** Whether `workplace().run` runs our sources in the test's own process, and nothing may be started: in the project `unit`. */
export const runsInProcess = inject("programRuns") === "in this process";

const left = Object.assign(() => {}, { each: () => () => {} });

/**
 * `it` and `describe` of what starts more programs than ours, or wants ours to be a process of its own: for files
 * `NAME.both.test.ts`, in the project `program` alone.
 */
export const itStarting = runsInProcess ? (left as unknown as typeof it) : it;
export const describeStarting = runsInProcess ? (left as unknown as typeof describe) : describe;

/** How often a property is tried that takes long: a fifth of `all` in the project `unit`, and `all` in `program`. */
export const tries = (all: number) => (runsInProcess ? Math.ceil(all / 5) : all);
