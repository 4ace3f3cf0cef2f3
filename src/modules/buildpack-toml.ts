import * as v from "valibot";
import { type BuildpackInfo, list, orderSchema, readOrder } from "../builder/buildpack-info.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { readTomlFile } from "./toml-file.ts";

const text = v.pipe(v.string(), v.nonEmpty());
const targetSchema = v.object({
  os: v.optional(v.string()),
  arch: v.optional(v.string()),
  variant: v.optional(v.string()),
  /** What the lifecycle reads; the spec and pack say `variant`. */
  "arch-variant": v.optional(v.string()),
});
const schema = v.object({
  api: text,
  buildpack: v.object({ id: text, version: text }),
  targets: list(targetSchema),
  stacks: list(v.unknown()),
  order: orderSchema,
});

/**
 * Reads a buildpack.toml. In: the place it goes by in messages.
 * Throws CompileError where it is not one. Source: CNB buildpack spec, "buildpack.toml".
 */
export function readBuildpackToml(toml: string, place: string): BuildpackInfo {
  const { api, buildpack, targets, stacks, order } = readTomlFile(toml, schema, place);
  if (order.length > 0 && (targets.length > 0 || stacks.length > 0)) {
    throw new CompileError([diagnose("modules/order-and-targets", { id: buildpack.id }, { file: place })]);
  }
  return {
    id: buildpack.id,
    version: buildpack.version,
    api,
    targets: targets.map(({ os, arch, variant, "arch-variant": archVariant }) => {
      const said = archVariant ?? variant;
      return {
        ...(os === undefined ? {} : { os }),
        ...(arch === undefined ? {} : { architecture: arch }),
        ...(said === undefined ? {} : { variant: said }),
      };
    }),
    order: readOrder(order),
  };
}
