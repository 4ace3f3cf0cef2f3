import * as v from "valibot";
import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { nameFaults } from "./name-faults.ts";
import { targetsSchema } from "./target.ts";
import { readToml } from "./toml.ts";

const strings = v.optional(v.array(v.string()), []);
// What nobody here reads is checked, too: the lifecycle reads it.
const schema = v.object({
  api: v.optional(v.string(), ""),
  buildpack: v.optional(
    v.object({
      id: v.optional(v.string(), ""),
      version: v.optional(v.string(), ""),
      name: v.optional(v.string(), ""),
      homepage: v.optional(v.string(), ""),
      "clear-env": v.optional(v.boolean(), false),
      "exec-env": strings,
    }),
  ),
  extension: v.optional(v.object({ id: v.optional(v.string(), "") })),
  order: v.optional(
    v.array(
      v.object({
        group: v.optional(
          v.array(
            v.object({
              id: v.string(),
              version: v.optional(v.string(), ""),
              optional: v.optional(v.boolean(), false),
            }),
          ),
          [],
        ),
      }),
    ),
    [],
  ),
  targets: targetsSchema,
  stacks: v.optional(v.array(v.object({ id: v.string(), mixins: strings })), []),
});

/**
 * Reads a buildpack.toml. In: its text and what messages call it. Throws CompileError with everything that is wrong.
 * pack takes a missing `api` for 0.1, which no lifecycle of today knows, so it is missed here.
 * Source: CNB buildpack spec, "buildpack.toml"; pack, `validateBuildpackDescriptor`.
 */
export function readBuildpackToml(text: string, file: string): BuildpackInfo {
  const table = readToml(text, file, schema);
  const { api, buildpack, order, targets, stacks } = table;
  if (buildpack === undefined && table.extension !== undefined) {
    throw new CompileError([diagnose("modules/extension", { id: table.extension.id }, { file })]);
  }
  const { id = "", version = "" } = buildpack ?? {};
  const found: Diagnostic[] = nameFaults("buildpack", { api, id, version }, file);
  const foreign = targets.length > 0 ? "targets" : stacks.length > 0 ? "stacks" : undefined;
  if (order.length > 0 && foreign !== undefined) {
    found.push(diagnose("modules/order-and-targets", { id, key: foreign }, { file, keyPath: foreign }));
  }
  if (found.length > 0) throw new CompileError(found);
  return {
    api,
    id,
    version,
    order: order.map(({ group }) =>
      group.map((entry) => ({
        id: entry.id,
        ...(entry.version === "" ? {} : { version: entry.version }),
        optional: entry.optional,
      })),
    ),
    targets,
  };
}
