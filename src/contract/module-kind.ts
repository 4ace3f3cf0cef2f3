/** What a build can add to its builder: buildpacks, and image extensions. */
export type ModuleKind = "buildpack" | "extension";

/** The file that makes a directory a module. Source: CNB buildpack spec; image extension spec. */
export function tomlOf(kind: ModuleKind): string {
  return `${kind}.toml`;
}

/** Where a builder, and a package, hold them. Source: CNB platform spec, "Build Image". */
export const moduleDirectories: Readonly<Record<ModuleKind, string>> = {
  buildpack: "/cnb/buildpacks",
  extension: "/cnb/extensions",
};

/** What messages call one. */
export const moduleNames: Readonly<Record<ModuleKind, string>> = {
  buildpack: "buildpack",
  extension: "image extension",
};
