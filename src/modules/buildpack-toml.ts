import * as v from "valibot";
import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import { fileNameFault } from "../descriptor/file-name.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
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
  const found: Diagnostic[] = [];
  for (const [key, value] of Object.entries({ api, "buildpack.id": id, "buildpack.version": version })) {
    if (value === "") found.push(diagnose("modules/missing-key", { key }, { file, keyPath: key }));
  }
  // Source: lifecycle, `api.NewVersion`.
  if (api !== "" && !/^v?\d+(\.\d+)?$/.test(api)) {
    found.push(diagnose("modules/bad-api", { api }, { file, keyPath: "api" }));
  }
  for (const [what, value] of Object.entries({ id, version })) {
    const reason = nameFault(what, value);
    const location = { file, keyPath: `buildpack.${what}` };
    if (reason !== undefined)
      found.push(diagnose("modules/bad-name", { what, name: value, reason }, location));
  }
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

/** What keeps an id or a version from being a directory's name on the builder. An id's slashes become underscores. */
function nameFault(what: string, name: string): string | undefined {
  if (what === "version" && name.includes("/")) return "it contains `/`";
  return fileNameFault(name);
}
