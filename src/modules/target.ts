import * as v from "valibot";
import type { BuildpackTarget } from "../builder/buildpack-info.ts";

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
      v.transform(({ os, arch, variant, distros, ...more }): BuildpackTarget => {
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
