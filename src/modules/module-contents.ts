import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import { readBuildpackage } from "../builder/read-buildpacks.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { readBuildpackToml } from "./buildpack-toml.ts";
import type { FoundModule } from "./module-source.ts";
import { withPlaces } from "./with-places.ts";

/** The buildpacks of one place. */
export interface ModuleContents {
  /** The one that the place is named for; the others are those that it needs. */
  readonly main: { readonly id: string; readonly version: string };
  /** All of them, `main` included. */
  readonly buildpacks: readonly BuildpackInfo[];
}

/**
 * Reads which buildpacks a directory or an archive holds. In: what texts call the place, and where it is named.
 * Throws CompileError where it holds none.
 */
export async function readModuleContents(
  module: FoundModule,
  place: string,
  location: SourceLocation,
): Promise<ModuleContents> {
  switch (module.kind) {
    case "unusable":
      throw new CompileError([
        diagnose("modules/not-a-buildpack", { place, reason: module.reason }, location),
      ]);
    case "buildpack": {
      const file = place === "." ? "buildpack.toml" : `${place}/buildpack.toml`;
      const text = module.buildpackToml;
      const info = await withPlaces({ file, text }, () => readBuildpackToml(text, file));
      return { main: { id: info.id, version: info.version }, buildpacks: [info] };
    }
    case "buildpackage": {
      const [config] = module.configs;
      const metadata = config === undefined ? undefined : readBuildpackage(config, place);
      if (metadata === undefined) {
        throw new CompileError([diagnose("modules/not-a-buildpackage", { image: place }, location)]);
      }
      return { main: metadata.main, buildpacks: [...metadata.buildpacks.values()].flat() };
    }
  }
}
