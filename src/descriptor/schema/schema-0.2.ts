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

/** `[_]`. */
const headerSchema = table({
  "schema-version": v.optional(v.string()),
  id: v.optional(v.string()),
  name: v.optional(v.string()),
  version: v.optional(v.string()),
  authors: v.optional(v.array(v.string())),
  "documentation-url": v.optional(v.string()),
  "source-url": v.optional(v.string()),
  licenses: v.optional(v.array(licenseSchema), []),
  metadata: v.optional(v.unknown()),
});

/** `[io.buildpacks]`. In: an entry of a group, and one of the variables. */
export function buildpacksSchema<
  Entry extends ReturnType<typeof buildpackEntry>,
  Variable extends ReturnType<typeof envEntry>,
>(entry: Entry, variable: Variable) {
  const group = v.optional(table({ group: v.optional(v.array(entry), []) }));
  return table({
    builder: v.optional(v.string()),
    include: v.optional(v.array(v.string())),
    exclude: v.optional(v.array(v.string())),
    group: v.optional(v.array(entry), []),
    pre: group,
    post: group,
    build: v.optional(table({ env: v.optional(v.array(variable)) })),
    /** An old misspelling of `build.env`, which pack reads when the right key is absent. */
    env: v.optional(table({ build: v.optional(v.array(variable)) })),
  });
}

/** The whole file; every table beside these is the author's own. */
export function schemaOf<Buildpacks extends ReturnType<typeof buildpacksSchema>>(buildpacks: Buildpacks) {
  return table({
    _: v.optional(headerSchema),
    io: v.optional(
      table({
        buildpacks: v.optional(buildpacks),
        github: v.optional(table({ "cnb-dockerfile": v.optional(ownSchema) })),
      }),
    ),
  });
}

/**
 * project.toml 0.2: the keys that mean something stand under `[_]` and `[io.buildpacks]`, and those of our own.
 * Source: CNB project descriptor spec 0.2.
 */
export const schema = schemaOf(buildpacksSchema(buildpackEntry({}), envEntry({})));

/** Keys under which an unknown key is a mistake to point out. */
export const ownTables = [["_"], ["io", "buildpacks"], ownPath];

/** Tables of schema 0.1 that people leave in a 0.2 file, and where they belong now. */
export const foreignTables: Readonly<Record<string, string>> = {
  project: "`[_]`",
  build:
    "`[io.buildpacks]`, `[[io.buildpacks.group]]` for `[[build.buildpacks]]`, and `[[io.buildpacks.build.env]]` for `[[build.env]]`",
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
      {
        id: project.id,
        builder,
        settings: "io.buildpacks",
        include,
        exclude,
        own: file.io?.github?.["cnb-dockerfile"],
      },
      faults,
    ),
    group: readBuildpackEntries(buildpacks.group, `${at}.group`, faults),
    pre: readBuildpackEntries(buildpacks.pre?.group ?? [], `${at}.pre.group`, faults),
    post: readBuildpackEntries(buildpacks.post?.group ?? [], `${at}.post.group`, faults),
    buildEnv: readBuildEnv(env, envPath, faults),
  };
}
