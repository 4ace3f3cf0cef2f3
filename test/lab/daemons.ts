import { startBuildkitd } from "./buildkitd.ts";
import { forgetUnpackedImages } from "./container-files.ts";
import { daemonNames, endDaemon, findDaemon } from "./daemon.ts";
import { enableEmulation } from "./emulation.ts";
import { clearLeftovers } from "./leftovers.ts";
import { withdraw } from "./presence.ts";
import { signal } from "./process.ts";
import type { Programs } from "./programs.ts";
import { startRegistry } from "./registry.ts";

/** Ends what an earlier lab left, then starts registry and buildkitd. Out: the registry's address. */
export async function startDaemons(programs: Programs, tied: boolean): Promise<string> {
  withdraw();
  await clearLeftovers();
  await enableEmulation();
  const registry = await startRegistry(programs.registry, tied);
  await startBuildkitd(programs, registry, tied);
  return registry;
}

/** Ends all that run; builds that run are cancelled. */
export async function endDaemons(): Promise<void> {
  withdraw();
  for (const name of daemonNames.toReversed()) await endDaemon(name);
  await clearLeftovers();
  forgetUnpackedImages();
}

/** Tells all to end, without waiting: for the last moment of a process. The next start sweeps up. */
export function dismissDaemons(): void {
  withdraw();
  for (const name of daemonNames.toReversed()) {
    const id = findDaemon(name);
    if (id !== undefined) signal(id, "SIGTERM");
  }
}
