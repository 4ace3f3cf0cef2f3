import { type CompileResult, compile } from "../../compile.ts";
import { readPlace } from "../../git/read-place.ts";
import type { ImageSource } from "../../image/image-source.ts";
import type { ModuleSource } from "../../modules/module-source.ts";
import { defaultRegistryIndex } from "../../modules/registry-index.ts";
import type { CompileOptions } from "../../plan/options.ts";
import { present } from "../../present.ts";
import { HttpClient } from "../../registry/http/http.ts";
import { imageSource } from "../../registry/image-source.ts";
import { type RegistryOptions, readRegistryOptions } from "../../registry/options.ts";
import type { AccessFlags, CompilingFlags } from "../flags.ts";
import { createModuleSource } from "../modules/module-source.ts";
import type { Terminal } from "../terminal.ts";
import { readOptions } from "./options.ts";
import { type Project, type ProjectPlace, readProject } from "./project.ts";

/**
 * Reads the project at `path` and makes its descriptor known, so that messages can show its lines. In: a descriptor that a
 * file of the project names.
 */
export function openProject(
  path: string,
  place: ProjectPlace,
  terminal: Terminal,
  recorded?: string,
): Project {
  const project = readProject(path, place, recorded);
  if (project.descriptor !== undefined) terminal.know(path, project.descriptor.file, project.descriptor.text);
  return project;
}

/** What is asked for outside of the project. */
export interface Access {
  /** As registries and this machine have them. */
  readonly images: ImageSource;
  /** For everything else. */
  readonly http: HttpClient;
}

/**
 * Both ask with the same proxy, CAs and patience. In: the project that names images; of those in directories, only its own
 * and the ones that flags name are read. Throws CompileError for flags that are wrong.
 */
export function accessFrom(flags: AccessFlags & ImageFlags, { report }: Terminal, project?: Project): Access {
  const options = registryOptions(flags);
  const http = new HttpClient(options);
  const layouts = project && { border: project.border.directory, named: namedImages(flags) };
  return {
    images: imageSource({ options, http, report, ...present({ layouts }) }),
    http,
  };
}

type ImageFlags = Pick<
  CompilingFlags,
  | ("builder" | "runImage" | "image" | "nodeImage" | "syftImage" | "grypeImage")
  | ("buildpack" | "preBuildpack" | "postBuildpack" | "extension")
>;

/** Every text of a flag that can name an image. */
function namedImages(flags: ImageFlags): string[] {
  const { builder, runImage, image, nodeImage, syftImage, grypeImage } = flags;
  const { buildpack = [], preBuildpack = [], postBuildpack = [], extension = [] } = flags;
  return [builder, runImage, image, nodeImage, syftImage, grypeImage]
    .filter((text) => text !== undefined)
    .concat(buildpack, preBuildpack, postBuildpack, extension);
}

/** Throws CompileError for flags that are wrong. */
export function registryOptions(flags: AccessFlags): RegistryOptions {
  return readRegistryOptions({
    ...present({ mirrors: flags.registryMirror, insecure: flags.insecureRegistry, caFile: flags.registryCa }),
  });
}

/** Where buildpacks that the project names are looked for. */
export function modulesOf(
  { directory, border }: Project,
  { buildpackRegistry, localBuildpacks = [] }: CompilingFlags,
  http: HttpClient,
  { report }: Pick<Terminal, "report">,
): ModuleSource {
  const registryIndex = buildpackRegistry || defaultRegistryIndex;
  return createModuleSource({ directory, localBuildpacks, http, registryIndex, border, report });
}

/**
 * One call of the compiler. In: the cache id that an earlier file of the project has, if there is one; what is known of the build beside
 * the flags.
 */
export function compileProject(
  project: Project,
  flags: CompilingFlags,
  earlierCacheId: string | undefined,
  { images, http }: Access,
  terminal: Pick<Terminal, "report">,
  known: Pick<CompileOptions, "appliedByFrontend" | "detected"> = {},
): Promise<CompileResult> {
  const { descriptor } = project;
  const modules = modulesOf(project, flags, http, terminal);
  const options = { ...readOptions(flags, project, earlierCacheId, terminal.report), ...known };
  return compile(
    { ...present({ descriptor }), options },
    {
      images,
      modules,
      report: terminal.report,
      gitPlace: async () => readPlace(project.directory),
    },
  );
}
