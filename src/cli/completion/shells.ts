import { bashCompletion } from "./bash.ts";
import type { Completable } from "./completable.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

/** A shell that can complete the program. */
export type Shell = "bash" | "zsh" | "fish";
export const shellNames: readonly Shell[] = ["bash", "zsh", "fish"];

/** What each shell reads. */
export const completionScripts: Readonly<Record<Shell, (program: Completable) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
