import * as v from "valibot";

/** What a module says it runs on. Absent and empty parts fit everything. Source: CNB buildpack spec, "Targets". */
export interface ModuleTarget {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Run images it is for; empty: every one. */
  readonly distributions: readonly { readonly name: string; readonly version?: string }[];
}

const text = v.optional(v.string(), "");

/** `[[targets]]` of buildpack.toml and package.toml. The spec and pack call it `variant`, the lifecycle `arch-variant`. */
export const targetsSchema = v.optional(
  v.array(
    v.pipe(
      v.object({
        os: text,
        arch: text,
        variant: text,
        "arch-variant": text,
        distros: v.optional(v.array(v.object({ name: text, version: text })), []),
      }),
      v.transform(({ os, arch, variant, distros, ...more }): ModuleTarget => {
        const architectureVariant = more["arch-variant"] || variant;
        return {
          ...(os === "" ? {} : { os }),
          ...(arch === "" ? {} : { architecture: arch }),
          ...(architectureVariant === "" ? {} : { variant: architectureVariant }),
          distributions: distros.map(({ name, version }) => ({
            name,
            ...(version === "" ? {} : { version }),
          })),
        };
      }),
    ),
  ),
  [],
);
