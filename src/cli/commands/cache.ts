import { readCachePlace } from "../../build/caches/cache-place.ts";
import { moveCache } from "../../build/move-cache.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { buildPorts } from "../build/build-ports.ts";
import { readBuildOrder } from "../build/read-build-order.ts";
import { exitOf } from "../exit-code.ts";
import type { CacheFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import type { CacheCall } from "../program.ts";
import { flagAnswers, withoutAnswered } from "../table-flags.ts";
import type { Terminal } from "../terminal.ts";

/** `cache export`, `cache import`: an app's buildpack cache out of BuildKit, or into it. Out: the exit code. */
export async function cache(
  { action, place: text, source }: CacheCall,
  { flags: given, defaults }: Asked<CacheFlags>,
  terminal: Terminal,
): Promise<number> {
  const found: Diagnostic[] = flagAnswers(given, "cache");
  const flags = withoutAnswered(given, "cache");
  const place = readCachePlace(text, text, found);
  const order = readBuildOrder(source, flags, process.env, found);
  return exitOf(
    await moveCache(order, { action, place }, buildPorts(flags, process.env, terminal, defaults)),
  );
}
