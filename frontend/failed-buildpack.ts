import { ConnectError } from "@connectrpc/connect";
import * as v from "valibot";
import { escapeId, type GroupMember, parseGroup } from "../src/export/group.ts";
import { layersDirectory } from "../src/index.ts";
import { type ContainerFiles, type Gateway, statusOf } from "./gateway.ts";
import type { Stat } from "./generated/stat_pb.js";
import { failedPhase, solveDetail } from "./phase-failure.ts";

/** What a failed step had before it, and what it left. */
const solveSchema = v.object({
  inputIDs: v.tupleWithRest([v.string()], v.string()),
  mountIDs: v.tupleWithRest([v.string()], v.string()),
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
    const ids = v.parse(solveSchema, JSON.parse(Buffer.from(detail.value).toString()));
    return await gateway.withFilesOf([ids.mountIDs[0], ids.inputIDs[0]], suspects);
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
      const [now, then] = lists.map((entries) => JSON.stringify(entries.map(shape)));
      return now === then ? "unknown" : "begun";
    }),
  );
  const end = states.indexOf("not begun");
  const mayHaveBegun = states.slice(0, end === -1 ? states.length : end);
  return group.slice(Math.max(mayHaveBegun.lastIndexOf("begun"), 0), mayHaveBegun.length);
}

/** What changes in a file or directory that is written to. */
function shape({ path, size, modTime }: Stat): readonly string[] {
  return [path, String(size), String(modTime)];
}
