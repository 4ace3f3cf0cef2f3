import * as v from "valibot";
import {
  buildpackEntrySchema,
  checkLicenses,
  commonFields,
  envEntrySchema,
  type Faults,
  licenseSchema,
  readBuildEnv,
  readBuildpackEntries,
  table,
} from "./entries.ts";
import type { ProjectDescriptor } from "./project-descriptor.ts";

const groupSchema = v.optional(table({ group: v.optional(v.array(buildpackEntrySchema), []) }));

/**
 * project.toml 0.2: our keys stand under `[_]` and `[io.buildpacks]`; every other top table is the author's own.
 * Source: CNB project descriptor spec 0.2.
 */
export const schema = table({
  _: v.optional(
    table({
      "schema-version": v.optional(v.string()),
      id: v.optional(v.string()),
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      authors: v.optional(v.array(v.string())),
      "documentation-url": v.optional(v.string()),
      "source-url": v.optional(v.string()),
      licenses: v.optional(v.array(licenseSchema), []),
      metadata: v.optional(v.unknown()),
    }),
  ),
  io: v.optional(
    table({
      buildpacks: v.optional(
        table({
          builder: v.optional(v.string()),
          include: v.optional(v.array(v.string())),
          exclude: v.optional(v.array(v.string())),
          group: v.optional(v.array(buildpackEntrySchema), []),
          pre: groupSchema,
          post: groupSchema,
          build: v.optional(table({ env: v.optional(v.array(envEntrySchema)) })),
          /** An old misspelling of `build.env`, which pack reads when the right key is absent. */
          env: v.optional(table({ build: v.optional(v.array(envEntrySchema)) })),
        }),
      ),
    }),
  ),
});

/** Keys under which an unknown key is a mistake of ours to point out. */
export const ownTables = [["_"], ["io", "buildpacks"]];

/** Tables of schema 0.1 that people leave in a 0.2 file, and where they belong now. */
export const foreignTables: Readonly<Record<string, string>> = {
  project: "`[_]`",
  build: "`[io.buildpacks]`, and `[[io.buildpacks.build.env]]` for `[[build.env]]`",
  buildpacks: "`[[io.buildpacks.group]]`",
};

export function toDescriptor(file: v.InferOutput<typeof schema>, faults: Faults): ProjectDescriptor {
  const project = file._ ?? { licenses: [] };
  const buildpacks = file.io?.buildpacks ?? { group: [] };
  const { builder, include, exclude } = buildpacks;
  const at = "io.buildpacks";
  checkLicenses(project.licenses, "_.licenses", faults);
  const [env, envPath] =
    buildpacks.build?.env !== undefined
      ? [buildpacks.build.env, `${at}.build.env`]
      : [buildpacks.env?.build ?? [], `${at}.env.build`];
  return {
    ...commonFields(
      { id: project.id, builder, builderKeyPath: "io.buildpacks.builder", include, exclude },
      faults,
    ),
    group: readBuildpackEntries(buildpacks.group, `${at}.group`, faults),
    pre: readBuildpackEntries(buildpacks.pre?.group ?? [], `${at}.pre.group`, faults),
    post: readBuildpackEntries(buildpacks.post?.group ?? [], `${at}.post.group`, faults),
    buildEnv: readBuildEnv(env, envPath, faults),
  };
}
