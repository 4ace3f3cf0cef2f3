import type { FileHandle } from "node:fs/promises";
import type { FoundModule } from "../modules/module-source.ts";
import { ArchiveError } from "./archive-error.ts";
import { ArchiveFile } from "./archive-file.ts";
import { readArchiveContent } from "./content.ts";
import { UnpackLimitError, withoutLimits } from "./unpack-budget.ts";

/** What an archive holds. Does not close the file; throws node's error where it cannot be read. */
export async function moduleInArchive(file: FileHandle): Promise<FoundModule> {
  try {
    const content = await readArchiveContent(await ArchiveFile.open(file));
    switch (content.kind) {
      case "buildpack":
        return content;
      case "buildpackage":
        return { kind: "buildpackage", configs: content.images.map(({ config }) => config) };
    }
  } catch (error) {
    if (error instanceof UnpackLimitError) {
      return { kind: "unusable", reason: `${error.message}; ${withoutLimits}` };
    }
    if (error instanceof ArchiveError) return { kind: "unusable", reason: error.message };
    throw error;
  }
}
