import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import { readPackage } from "../builder/read-buildpacks.ts";
import { type ModuleKind, tomlOf } from "../contract/module-kind.ts";
import { CompileError, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { readBuildpackToml } from "./buildpack-toml.ts";
import { readExtensionToml } from "./extension-toml.ts";
import type { FoundModule } from "./module-source.ts";
import { withPlaces } from "./with-places.ts";
import { noPackage, wrongModule } from "./wrong-module.ts";

/** The modules of one place: buildpacks, or an image extension. */
export interface ModuleContents {
  /** The one that the place is named for; the others are those that it needs. */
  readonly main: { readonly id: string; readonly version: string };
  /** All of them, `main` included. */
  readonly buildpacks: readonly BuildpackInfo[];
}

/** What is looked for, and where it is named. */
interface WantedModule {
  readonly kind: ModuleKind;
  readonly location: SourceLocation;
}

/**
 * Reads which buildpacks a directory or an archive holds, or which image extension. In: what texts call the place.
 * Throws CompileError where it holds none of the kind.
 */
export async function readModuleContents(
  module: FoundModule,
  place: string,
  { kind, location }: WantedModule,
): Promise<ModuleContents> {
  const wrong = wrongModule(module, place, { kind, location });
  if (wrong !== undefined) throw new CompileError([wrong]);
  if (module.kind === "buildpackage") {
    const [config] = module.configs;
    const metadata = config && readPackage(config, place, kind);
    if (metadata === undefined)
      throw new CompileError([noPackage(module.configs, place, { kind, location })]);
    return { main: metadata.main, buildpacks: [...metadata.buildpacks.values()].flat() };
  }
  const file = place === "." ? tomlOf(kind) : `${place}/${tomlOf(kind)}`;
  const text = textOf(module);
  const read = kind === "buildpack" ? readBuildpackToml : readExtensionToml;
  const info = await withPlaces({ file, text }, () => read(text, file));
  return { main: { id: info.id, version: info.version }, buildpacks: [info] };
}

function textOf(module: FoundModule): string {
  switch (module.kind) {
    case "buildpack":
      return module.buildpackToml;
    case "extension":
      return module.extensionToml;
    case "buildpackage":
    case "neither":
    case "unusable":
      return "";
  }
}
