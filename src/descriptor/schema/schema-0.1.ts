import * as v from "valibot";
import {
  buildpackEntry,
  checkLicenses,
  commonFields,
  envEntry,
  licenseSchema,
  readBuildEnv,
  readBuildpackEntries,
} from "../entries.ts";
import type { Faults } from "../faults.ts";
import type { ProjectDescriptor } from "../project-descriptor.ts";
import { ownPath, ownSchema } from "./own-table.ts";
import { table } from "./table.ts";

/**
 * project.toml 0.1: `[project]`, `[build]`, `[metadata]`.
 * `builder` and inline scripts are not in the spec's text, but pack reads them.
 * Source: CNB project descriptor spec 0.1.
 */
export const schema = table({
  _: v.optional(table({ "schema-version": v.optional(v.string()) })),
  project: v.optional(
    table({
      id: v.optional(v.string()),
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      authors: v.optional(v.array(v.string())),
      "documentation-url": v.optional(v.string()),
      "source-url": v.optional(v.string()),
      licenses: v.optional(v.array(licenseSchema), []),
    }),
  ),
  build: v.optional(
    table({
      builder: v.optional(v.string()),
      include: v.optional(v.array(v.string())),
      exclude: v.optional(v.array(v.string())),
      buildpacks: v.optional(v.array(buildpackEntry({})), []),
      env: v.optional(v.array(envEntry({})), []),
    }),
  ),
  metadata: v.optional(v.unknown()),
  /** Ours stands in the same place in every schema version; the rest of `io` has no meaning here. */
  io: v.optional(table({ github: v.optional(table({ "cnb-dockerfile": v.optional(ownSchema) })) })),
});

export const ownTables = [["_"], ["project"], ["build"], ownPath];

/** Tables of schema 0.2 in a file that is read as 0.1. */
export const foreignTables: Readonly<Record<string, string>> = {
  "io.buildpacks": '`[_]` with `schema-version = "0.2"` at the top of the file',
};

export function toDescriptor(file: v.InferOutput<typeof schema>, faults: Faults): ProjectDescriptor {
  const project = file.project ?? { licenses: [] };
  const build = file.build ?? { buildpacks: [], env: [] };
  const { builder, include, exclude } = build;
  checkLicenses(project.licenses, "project.licenses", faults);
  return {
    ...commonFields(
      {
        id: project.id,
        builder,
        settings: "build",
        include,
        exclude,
        own: file.io?.github?.["cnb-dockerfile"],
      },
      faults,
    ),
    group: readBuildpackEntries(build.buildpacks, "build.buildpacks", faults),
    pre: [],
    post: [],
    buildEnv: readBuildEnv(build.env, "build.env", faults),
  };
}
