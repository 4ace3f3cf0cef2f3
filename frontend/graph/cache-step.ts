import { exportProgram } from "../../src/contract/program.ts";
import type { Platform } from "../../src/image/platform.ts";
import { nonceVariable } from "../../src/options/step-variables.ts";
import { type CacheMount, platformOf, type RunMount, run, type State } from "./llb.ts";

/** Where a program of ours looks into cache mounts. */
export interface CacheStepHost {
  /** Our own image: nothing else sees the mounts. */
  readonly tool: State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
}

interface CacheStepRequest {
  /** Command of the export program, with its flags. */
  readonly words: readonly string[];
  /** In the order in which BuildKit takes hold of them. */
  readonly caches: readonly CacheMount[];
  readonly mounts?: readonly RunMount[];
  /** Tells the step from all others: BuildKit does not look into a mount, and would answer with what an earlier step saw. */
  readonly nonce: string;
  /** Where the program writes, should it. */
  readonly output?: string;
}

/** A step of our own program that works on the cache mounts of an app, in each build anew. */
export function cacheStep(
  { tool, buildPlatform }: CacheStepHost,
  { words, caches, mounts = [], nonce, output = "/done" }: CacheStepRequest,
  title: string,
): State {
  return run(
    {
      root: tool,
      argv: ["node", exportProgram, ...words],
      env: ["PATH=/usr/local/bin", `${nonceVariable}=${nonce}`],
      platform: platformOf(buildPlatform),
      ...{ mounts, caches, output },
    },
    title,
  );
}
