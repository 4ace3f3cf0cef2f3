import * as v from "valibot";
import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { nameFaults } from "./name-faults.ts";
import { targetsSchema } from "./target.ts";
import { readToml } from "./toml.ts";

const text = v.optional(v.string(), "");
// What nobody here reads is checked, too: the lifecycle reads it.
const schema = v.object({
  api: text,
  extension: v.optional(
    v.object({
      id: text,
      version: text,
      name: text,
      homepage: text,
      "clear-env": v.optional(v.boolean(), false),
    }),
  ),
  buildpack: v.optional(v.object({ id: text })),
  targets: targetsSchema,
});

/**
 * Reads an extension.toml. In: its text and what messages call it. Throws CompileError with everything that is wrong.
 * Source: CNB image extension spec, "extension.toml"; pack, `validateExtensionDescriptor`.
 */
export function readExtensionToml(content: string, file: string): BuildpackInfo {
  const { api, extension, buildpack, targets } = readToml(content, file, schema);
  if (extension === undefined && buildpack !== undefined) {
    throw new CompileError([diagnose("modules/buildpack", { id: buildpack.id }, { file })]);
  }
  const { id = "", version = "" } = extension ?? {};
  const found = nameFaults("extension", { api, id, version }, file);
  if (found.length > 0) throw new CompileError(found);
  return { api, id, version, order: [], targets };
}
