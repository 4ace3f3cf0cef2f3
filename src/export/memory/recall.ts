import { open } from "node:fs/promises";
import { ArchiveError } from "../../archive/archive-error.ts";
import { ArchiveFile } from "../../archive/archive-file.ts";
import { UnpackBudget } from "../../archive/unpack-budget.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { ModuleTree } from "../modules/module-tree.ts";

/** What is remembered was an image's: nothing that it could exhaust had not been exhausted before. */
const anySize = { sizeBytes: Number.POSITIVE_INFINITY, entries: Number.POSITIVE_INFINITY };

/**
 * Unpacks a tar of the memory below `to`, which need not be there: root's, of 1980, with modes and hard links. Throws
 * CompileError where it is damaged, or node's error.
 */
export async function recallTar(from: ByteString, to: ByteString): Promise<void> {
  const file = await open(bytesOf(from), "r");
  try {
    const archive = await ArchiveFile.open(file);
    const tree = new ModuleTree(to);
    for await (const member of archive.members(new UnpackBudget(anySize))) {
      const { kind, name } = member;
      if (kind === "other")
        throw new ArchiveError(`its entry ${JSON.stringify(name)} has an unsupported type`);
      await tree.put({ ...member, kind });
    }
    tree.resetTimes();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new CompileError([diagnose("export/cache-damaged", { reason: error.message })], { cause: error });
  } finally {
    await file.close();
  }
}
