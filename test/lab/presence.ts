import { rmSync } from "node:fs";
import { listsWorkers } from "./buildkitd.ts";
import { findDaemon } from "./daemon.ts";
import { readJson, writeJson } from "./json-file.ts";
import { inState } from "./paths.ts";
import { isAlive, type ProcessId } from "./process.ts";
import { recipeHash } from "./recipe.ts";
import { answers, registryAddress } from "./registry.ts";
import { hostTools } from "./tool-list.ts";
import { toolPath } from "./tools.ts";

/** A lab that was started to the end. */
export interface Presence {
  /** `standing`: until `down`. `tied`: until its owner closes it or dies. */
  readonly kind: "standing" | "tied";
  readonly owner: ProcessId;
  /** Changes with the version of either daemon. */
  readonly daemons: string;
}

/** What a lab started by this source would have in `daemons`. */
export const daemonVersions = recipeHash(...hostTools.map(toolPath));

const file = inState("run", "lab.json");

export function announce(presence: Presence): void {
  writeJson(file, presence);
}

export function withdraw(): void {
  rmSync(file, { force: true });
}

/**
 * The lab of this checkout, if both daemons answer, are of the versions we would start, and the one who would end
 * it still lives.
 */
export async function findLab(buildctl: string): Promise<Presence | undefined> {
  const presence = readJson<Presence>(file);
  const address = registryAddress();
  if (presence === undefined || address === undefined) return undefined;
  if (presence.daemons !== daemonVersions) return undefined;
  if (presence.kind === "tied" && !isAlive(presence.owner)) return undefined;
  if (findDaemon("registry") === undefined || findDaemon("buildkitd") === undefined) return undefined;
  return (await answers(address)) && (await listsWorkers(buildctl)) ? presence : undefined;
}
