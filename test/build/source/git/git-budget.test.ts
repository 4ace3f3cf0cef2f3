import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { usualLimits } from "../../../../src/archive/unpack-budget.ts";
import { GitBudget, type GitPeriods } from "../../../../src/build/source/git/git-budget.ts";
import { temporaryDirectory } from "../../../helpers/directory.ts";

/** A repository whose objects can be written. */
function budgetAt(periods: Partial<GitPeriods>, hasTerminal: boolean) {
  const root = temporaryDirectory();
  const objects = join(root, "objects");
  mkdirSync(objects);
  const usual = { silenceMs: 150, totalMs: 60_000, typingMs: 60_000, lookMs: 10 };
  return { objects, budget: new GitBudget(root, usualLimits, { ...usual, ...periods }, hasTerminal) };
}

it("somebody at a terminal has time for a password, until the first byte has come", async () => {
  const { objects, budget } = budgetAt({ totalMs: 400 }, true);
  expect(await budget.watch({ fetchedInto: objects }, () => pause(700, "typed"))).toBe("typed");
  const later = budget.watch({ fetchedInto: objects }, async () => {
    await pause(300);
    writeFileSync(join(objects, "tmp_pack"), "x");
    await pause(60_000, undefined, { ref: false });
  });
  await expect(later).rejects.toThrow("the server sent nothing for 0.15 seconds");
});

it("somebody at a terminal has no time for ever", async () => {
  const { objects, budget } = budgetAt({ typingMs: 300 }, true);
  const later = budget.watch({ fetchedInto: objects }, () => pause(60_000, undefined, { ref: false }));
  await expect(later).rejects.toThrow("the server sent nothing for 0.15 seconds");
});

it("nobody is waited for where nobody is", async () => {
  const { objects, budget } = budgetAt({}, false);
  const silent = budget.watch({ fetchedInto: objects }, () => pause(60_000, undefined, { ref: false }));
  await expect(silent).rejects.toThrow("the server sent nothing for 0.15 seconds");
});

it("bytes and words are signs of life, each", async () => {
  const { objects, budget } = budgetAt({ silenceMs: 400 }, false);
  const alive = budget.watch({ fetchedInto: objects }, async (onSign) => {
    for (let turn = 0; turn < 8; turn++) {
      await pause(100);
      if (turn % 2 === 0) onSign();
      else writeFileSync(join(objects, "tmp_pack"), "x", { flag: "a" });
    }
    return "whole";
  });
  expect(await alive).toBe("whole");
});

it("git's own work may be silent, but not take for ever", async () => {
  const { budget } = budgetAt({ silenceMs: 50, totalMs: 800 }, false);
  expect(await budget.watch({}, () => pause(300, "done"))).toBe("done");
  const endless = budget.watch({}, () => pause(60_000, undefined, { ref: false }));
  await expect(endless).rejects.toThrow("it takes longer than 0.8 seconds");
});
