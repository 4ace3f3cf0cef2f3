import type {
  DownloadedModule,
  LocalModule,
  ModuleSource,
  RegistryEntry,
} from "../../src/modules/module-source.ts";

/** `modules.json` of a case: what lies in the project's directory, at addresses, and in the buildpack registry. */
interface ModulesFile {
  /** By path below the project's directory. */
  readonly local?: Readonly<Record<string, LocalModule>>;
  /** By address. */
  readonly downloads?: Readonly<Record<string, DownloadedModule>>;
  /** By `ns/name`, newest version first. */
  readonly registry?: Readonly<Record<string, readonly RegistryEntry[]>>;
}

/** Answers from a case's file. In: its text; undefined: there is nothing anywhere. */
export function modulesFromFile(text: string | undefined): ModuleSource {
  const {
    local = {},
    downloads = {},
    registry = {},
  } = (text === undefined ? {} : JSON.parse(text)) as ModulesFile;
  return {
    local: async (path) => local[path],
    download: async (url) => downloads[url],
    lookUp: async ({ namespace, name, version }) =>
      registry[`${namespace}/${name}`]?.find(
        (entry) => (version === undefined && !entry.yanked) || entry.version === version,
      ),
  };
}
