import type { FileHandle } from "node:fs/promises";
import { ArchiveError } from "../../archive/archive-error.ts";
import { ArchiveFile } from "../../archive/archive-file.ts";
import { readArchiveContent } from "../../archive/content.ts";
import type { FoundModule } from "../../index.ts";

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
    if (error instanceof ArchiveError) return { kind: "unusable", reason: error.message };
    throw error;
  }
}
