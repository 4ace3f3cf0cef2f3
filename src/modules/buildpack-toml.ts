import * as v from "valibot";
import type { Order } from "../builder/buildpack-info.ts";
import { fileNameFault } from "../descriptor/file-name.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ModuleTarget, targetsSchema } from "./target.ts";
import { readToml } from "./toml.ts";

/** What a buildpack says of itself. */
export interface ModuleMetadata {
  /** Buildpack API: `0.10`. */
  readonly api: string;
  readonly id: string;
  readonly version: string;
  readonly name?: string;
  readonly homepage?: string;
  /** The user's build-time variables do not reach it as environment. */
  readonly clearEnv: boolean;
  /** Execution environments it is for; empty: every one. */
  readonly execEnv: readonly string[];
  /** Groups of a composite buildpack; empty: it is an ordinary one. */
  readonly order: Order;
  readonly targets: readonly ModuleTarget[];
  readonly stacks: readonly { readonly id: string; readonly mixins: readonly string[] }[];
}

const strings = v.optional(v.array(v.string()), []);
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
export function readBuildpackToml(text: string, file: string): ModuleMetadata {
  const table = readToml(text, file, schema);
  const { api, buildpack, order, targets, stacks } = table;
  if (buildpack === undefined && table.extension !== undefined) {
    throw new CompileError([diagnose("modules/extension", { id: table.extension.id }, { file })]);
  }
  const { id = "", version = "", name = "", homepage = "" } = buildpack ?? {};
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
    ...(name === "" ? {} : { name }),
    ...(homepage === "" ? {} : { homepage }),
    clearEnv: buildpack?.["clear-env"] ?? false,
    execEnv: buildpack?.["exec-env"] ?? [],
    order: order.map(({ group }) =>
      group.map((entry) => ({
        id: entry.id,
        ...(entry.version === "" ? {} : { version: entry.version }),
        optional: entry.optional,
      })),
    ),
    targets,
    stacks,
  };
}

/** What keeps an id or a version from being a directory's name on the builder. An id's slashes become underscores. */
function nameFault(what: string, name: string): string | undefined {
  if (what === "version" && name.includes("/")) return "it contains `/`";
  return fileNameFault(name);
}
