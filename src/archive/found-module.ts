import type { FileHandle } from "node:fs/promises";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { FoundModule } from "../modules/module-source.ts";
import { ArchiveError } from "./archive-error.ts";
import { ArchiveFile } from "./archive-file.ts";
import { readArchiveContent } from "./content.ts";
import { UnpackLimitError, withoutLimits } from "./unpack-budget.ts";

/**
 * What an archive holds. In: what messages call it. Does not close the file; throws node's error where it cannot be read,
 * CompileError where Linux cannot start its programs.
 */
export async function moduleInArchive(file: FileHandle, shown: string): Promise<FoundModule> {
  try {
    const content = await readArchiveContent(await ArchiveFile.open(file));
    switch (content.kind) {
      case "neither":
        return content;
      case "buildpack":
      case "extension": {
        const { fault, ...module } = content;
        if (fault === undefined) return module;
        if (fault.kind === "platforms") return { kind: "unusable", reason: fault.reason };
        const values = { place: shown, program: fault.program };
        throw new CompileError([diagnose("modules/windows-line-ends-inside", values, { file: shown })]);
      }
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
