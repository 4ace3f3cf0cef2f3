import { ConnectError } from "@connectrpc/connect";
import * as v from "valibot";
import { escapeId } from "../../src/contract/escape-id.ts";
import { type GroupMember, parseGroup } from "../../src/contract/group.ts";
import { layersDirectory, restoredDirectory } from "../../src/stages/paths.ts";
import { type ContainerFiles, type Gateway, statusOf } from "../bridge/gateway.ts";
import type { Stat } from "../generated/stat_pb.js";
import { failedPhase, solveDetail } from "./phase-failure.ts";

/** A failed step's mounts, the root first, and what each of them held or was left with. */
const solveSchema = v.object({
  mountIDs: v.tupleWithRest([v.string()], v.string()),
  op: v.object({ exec: v.object({ mounts: v.array(v.object({ dest: v.optional(v.string(), "") })) }) }),
});

/** The results that are looked into. */
const left = 0;
const before = 1;

/**
 * The buildpacks of which one made the phase build fail: one alone, unless several had layers from the cache and touched
 * nothing yet. Told from what the failed step left, since nobody shows its output to a frontend: the lifecycle makes a
 * buildpack's directory right before it runs it. Empty: it cannot be told.
 */
export async function failedBuildpacks(
  gateway: Pick<Gateway, "withFilesOf">,
  error: unknown,
): Promise<GroupMember[]> {
  if (!(error instanceof ConnectError)) return [];
  const status = statusOf(error);
  if (failedPhase(status)?.phase !== "build") return [];
  const detail = status.details.find(({ typeUrl }) => typeUrl.endsWith(solveDetail));
  if (detail === undefined) return [];
  try {
    const { mountIDs, op } = v.parse(solveSchema, JSON.parse(Buffer.from(detail.value).toString()));
    const restored = mountIDs[op.exec.mounts.findIndex(({ dest }) => dest === restoredDirectory)];
    return restored === undefined ? [] : await gateway.withFilesOf([mountIDs[0], restored], suspects);
  } catch {
    // A failure is told without it, too.
    return [];
  }
}

async function suspects(files: ContainerFiles): Promise<GroupMember[]> {
  const text = Buffer.from(await files.read(left, `${layersDirectory}/group.toml`)).toString();
  const group = parseGroup(text);
  const [namesLeft, namesBefore] = await Promise.all(
    [left, before].map(
      async (result) => new Set((await files.list(result, layersDirectory)).map(({ path }) => path)),
    ),
  );
  const states = await Promise.all(
    group.map(async ({ id }) => {
      const name = escapeId(id);
      if (namesLeft?.has(name) !== true) return "not begun";
      if (namesBefore?.has(name) !== true) return "begun";
      const lists = await Promise.all(
        [left, before].map((result) => files.list(result, `${layersDirectory}/${name}`)),
      );
      const [now = [], then = []] = lists;
      const isSame = now.length === then.length && now.every((stat, index) => isLike(stat, then[index]));
      return isSame ? "unknown" : "begun";
    }),
  );
  const end = states.indexOf("not begun");
  const mayHaveBegun = states.slice(0, end === -1 ? states.length : end);
  return group.slice(Math.max(mayHaveBegun.lastIndexOf("begun"), 0), mayHaveBegun.length);
}

/** Times are copied to the microsecond, rounded. */
const copiedTimeNs = 2_000n;

/** Bit of a directory. Source: Go, io/fs.FileMode. */
const directoryBit = 2 ** 31;

/** Whether a file or directory that was copied has not been written to. A directory's size is its file system's affair. */
function isLike(one: Stat, other: Stat | undefined): boolean {
  if (one.path !== other?.path || one.mode !== other.mode) return false;
  if (one.size !== other.size && one.mode < directoryBit) return false;
  const differenceNs = one.modTime - other.modTime;
  return -copiedTimeNs < differenceNs && differenceNs < copiedTimeNs;
}
