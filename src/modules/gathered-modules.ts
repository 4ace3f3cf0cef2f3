import type { BuildpackInfo } from "../builder/buildpack-info.ts";
import type { BuildpackEntry } from "../descriptor/project-descriptor.ts";
import type { SourceLocation } from "../diagnostics/diagnostic.ts";
import type { BuildpackContext } from "./module-source.ts";

/** Where a build takes added buildpacks from. */
export type ModuleContent =
  /** A buildpackage; `name:tag@sha256:…`. */
  | { readonly kind: "image"; readonly reference: string }
  /** Path below the project's directory, or below one that is handed over. */
  | { readonly kind: "directory" | "archive"; readonly path: string; readonly handed?: HandedPlace }
  | { readonly kind: "download"; readonly url: string; readonly digest: string };

/** A directory of whoever builds, which the build is handed as a named context. */
export interface HandedDirectory {
  readonly context: BuildpackContext;
  /** Where it lies, seen from the project's directory, or absolute. */
  readonly directory: string;
}

/** A place in such a directory. */
export interface HandedPlace {
  readonly context: BuildpackContext;
  /** As `HandedDirectory` has it; absent: nobody tells, as in a build. */
  readonly directory?: string;
  /** What texts call the place. */
  readonly shown: string;
}

/** Buildpacks that the project adds to its builder, or an image extension, from one place. */
export interface AddedModule {
  readonly content: ModuleContent;
  readonly buildpacks: readonly BuildpackInfo[];
  readonly location: SourceLocation;
}

/** What an entry of the project's order, or of its order of image extensions, stands for. */
export type EntryMeaning =
  | { readonly kind: "builder-order" }
  /** Version absent: the only one there is. */
  | { readonly kind: "buildpack"; readonly id: string; readonly version?: string };

export interface GatheredModules {
  readonly meanings: ReadonlyMap<BuildpackEntry, EntryMeaning>;
  /** Each place once, in the order in which the entries name them; what a module needs comes after it. */
  readonly modules: readonly AddedModule[];
  /** The same of image extensions. */
  readonly extensions: readonly AddedModule[];
}
