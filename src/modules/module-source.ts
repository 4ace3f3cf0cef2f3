import type { ModuleKind } from "../contract/module-kind.ts";
import type { ImageConfig } from "../image/image-config.ts";

/**
 * What a place that should hold a module holds, as far as the compiler has to know it.
 * A package is an image whose labels say what is in it; a buildpack is a directory with a buildpack.toml, an image extension one
 * with an extension.toml.
 */
export type FoundModule =
  | {
      readonly kind: "buildpack";
      /** Text of buildpack.toml at its root. */
      readonly buildpackToml: string;
      /** Text of package.toml beside it, where there is one; only a directory has one that counts. */
      readonly packageToml?: string;
    }
  | {
      readonly kind: "extension";
      /** Text of extension.toml at its root. */
      readonly extensionToml: string;
    }
  /** Of a buildpack or of an image extension. */
  | {
      readonly kind: "buildpackage";
      /** Configs of its images: one, or one for each platform. */
      readonly configs: readonly ImageConfig[];
    }
  /** It has neither of the two files. */
  | { readonly kind: "neither"; readonly nested?: NestedModule }
  /** Something else is there: what, for a message, as "it is neither a directory nor a file". */
  | { readonly kind: "unusable"; readonly reason: string };

/** Where an archive has such a file that should have it at its root. */
export interface NestedModule {
  /** `hello/` */
  readonly directory: string;
  readonly kind: ModuleKind;
}

/** Name of the context by which whoever builds hands over a directory with a buildpack that is not the project's. */
export type BuildpackContext = `local-buildpack-${number}`;

/** A module in the project's own directory, or in one that is handed over. */
export interface LocalModule {
  /** A directory is read again by each build; an archive, too. What is neither counts as an archive. */
  readonly form: "directory" | "archive";
  readonly module: FoundModule;
}

export interface DownloadedModule {
  /** `sha256:…` of the archive: what the build will insist on. */
  readonly digest: string;
  readonly module: FoundModule;
}

/**
 * The port through which the compiler learns of the modules that a project adds to its builder: files and HTTP in the
 * command line, BuildKit sources in the frontend, files in tests.
 * Throws CompileError where something is there and cannot be read, TemporaryError where retrying can help. Warnings
 * about how it was come by (no encryption, a yanked version) are the source's own.
 */
export interface ModuleSource {
  /**
   * In: a path below the project's directory, or below that of a context; with `/`, without `..`; empty: the directory
   * itself. Out: undefined where there is nothing. Links that lead out of that directory are refused.
   * Throws CompileError where nothing is handed over by the context's name.
   */
  local(path: string, context?: BuildpackContext): Promise<LocalModule | undefined>;
  /** In: an http or https address. Out: undefined where there is nothing (404, 410). */
  download(url: string): Promise<DownloadedModule | undefined>;
  /** Looks a buildpack up in the registry index. In: version absent: the newest that is not yanked. */
  lookUp(entry: RegistryName): Promise<RegistryEntry | undefined>;
}

/** `urn:cnb:registry:<namespace>/<name>[@<version>]`. */
export interface RegistryName {
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
}

export interface RegistryEntry {
  readonly version: string;
  readonly yanked: boolean;
  /** Image by digest: `registry.example/ns/name@sha256:…`. */
  readonly address: string;
}
