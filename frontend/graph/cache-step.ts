import { randomUUID } from "node:crypto";
import { exportProgram } from "../../src/contract/program.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { nonceVariable } from "../../src/options/step-variables.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Definition } from "../generated/ops_pb.js";
import { cacheMountOf } from "./definition.ts";
import { type CacheMount, definitionFor, platformOf, type RunMount, run, type State } from "./llb.ts";

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

/** A step of our own program that works on the cache mounts of an app. */
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

/** The stage `export` of a platform, which is not run: its mount is the cache. */
export interface ExportStage {
  readonly platform: Platform;
  readonly exported: Definition;
}

/** The cache of an app for one platform. */
export interface PlatformCache {
  readonly platform: Platform;
  readonly cache: CacheMount;
}

/** The caches of those stages that have one. */
export function cachesOf(stages: readonly ExportStage[]): PlatformCache[] {
  return stages.flatMap(({ platform, exported }) => {
    const cache = cacheMountOf(exported);
    return cache === undefined ? [] : [{ platform, cache }];
  });
}

interface PlatformStepRequest {
  /** Command of the export program, with its flags but for the mount. */
  readonly words: readonly string[];
  readonly mounts?: readonly RunMount[];
  /** Without the platform. */
  readonly title: string;
  /** Whether the step runs once for a cache, until BuildKit forgets it; absent: in each build anew. */
  readonly isOnce?: boolean;
}

/** Runs a command on the cache of one platform. Throws ConnectError. */
export async function runOnCache(
  gateway: Gateway,
  host: CacheStepHost,
  one: PlatformCache,
  request: PlatformStepRequest,
): Promise<void> {
  await gateway.solveGraph(definitionFor(stepOn(host, one, request)), true);
}

/** The same of a command that leaves an answer in the file of its flag `--to`; empty: it has none. Throws ConnectError. */
export async function askCache(
  gateway: Gateway,
  host: CacheStepHost,
  one: PlatformCache,
  { words, ...request }: PlatformStepRequest,
): Promise<string> {
  const state = stepOn(host, one, { ...request, words: [...words, "--to=/done/answer"] });
  const ref = await gateway.solveGraph(definitionFor(state), true);
  return Buffer.from(await gateway.readFile(ref, "/answer")).toString();
}

function stepOn(
  host: CacheStepHost,
  { platform, cache }: PlatformCache,
  { words, mounts = [], title, isOnce = false }: PlatformStepRequest,
): State {
  const all = [...words, `--cache=${cache.mount.dest}`];
  // BuildKit does not count a mount's id for a step.
  const nonce = isOnce ? (cache.mount.cacheOpt?.id ?? "") : randomUUID();
  const request = { words: all, caches: [cache], mounts, nonce };
  return cacheStep(host, request, `[${formatPlatform(platform)}] ${title}`);
}
