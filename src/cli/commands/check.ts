import { posix } from "node:path";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { ImageSource } from "../../image/image-source.ts";
import { localFaults } from "../../modules/local-faults.ts";
import { exitUserError } from "../exit-code.ts";
import type { CheckFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import {
  type Access,
  accessFrom,
  compileProject,
  modulesOf,
  openProject,
} from "../project/compile-project.ts";
import { withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { withVariables } from "../project/options.ts";
import type { Project } from "../project/project.ts";
import type { Terminal } from "../terminal.ts";

/** Thrown in place of an answer about an image. */
class NoRegistryAsked extends Error {}

/** Knows no image: compiling ends where it would ask for the first one, with everything said that needs none. */
const noImages: ImageSource = {
  resolve() {
    throw new NoRegistryAsked();
  },
};

/**
 * `check`: compiles a project and tells what was found; nothing is written. Warnings alone end well, unless they count
 * as errors. Throws CompileError for what is wrong.
 */
export async function check(
  path: string,
  { flags, defaults }: Asked<CheckFlags>,
  terminal: Terminal,
): Promise<void> {
  if (flags.strict === true) terminal.treatWarningsAsErrors();
  const project = openProject(path, flags, terminal);
  const named = withLocalBuildpacks(
    withVariables({ flags, defaults }, process.env, project.descriptor),
    project,
  );
  const online = accessFrom(named, terminal, project);
  // Compiling ends at the first image, so nothing else is asked for either.
  const access = flags.offline === true ? { ...online, images: noImages } : online;
  const local = flags.offline === true ? await ofOwnFiles(project, named, access, terminal) : [];
  try {
    await compileProject(project, named, undefined, access, terminal, { appliedByFrontend: true });
  } catch (error) {
    if (error instanceof CompileError)
      throw new CompileError([...local, ...error.diagnostics], { cause: error });
    if (!(error instanceof NoRegistryAsked)) throw error;
  }
  if (local.length > 0) throw new CompileError(local);
  terminal.conclude([]);
  if (flags.strict === true && terminal.reported.length > 0) process.exitCode = exitUserError;
}

/** What the project's own files tell of its buildpacks: errors are handed back, warnings reported. */
async function ofOwnFiles(
  project: Project,
  flags: CheckFlags,
  { http }: Access,
  terminal: Terminal,
): Promise<Diagnostic[]> {
  const { descriptor } = project;
  if (descriptor === undefined) return [];
  const base = posix.dirname(descriptor.file);
  const found = await localFaults(
    descriptor,
    base === "." ? "" : base,
    modulesOf(project, flags, http, terminal),
    flags.handedUris,
  );
  for (const warning of found.filter(({ severity }) => severity === "warning")) terminal.report(warning);
  return found.filter(({ severity }) => severity === "error");
}
