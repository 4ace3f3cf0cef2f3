import type { BuildEnding } from "../../build/build-ending.ts";
import type { DetectedPlatform } from "../../build/detect-project.ts";
import type { CompileResult } from "../../compile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked, OperatorDefaults } from "../operator-defaults.ts";
import { type Access, compileProject } from "../project/compile-project.ts";
import type { Project } from "../project/project.ts";
import type { Terminal } from "../terminal.ts";
import { detectionFaults, runDetection } from "./run-detection.ts";

interface FileCompilation {
  readonly path: string;
  readonly project: Project;
  /** The flags as a build takes them, and secrets that it is offered. */
  readonly asked: Asked<GenerateFlags>;
  readonly offered: readonly string[];
  /** The same as the compiler takes them. */
  readonly named: GenerateFlags;
  readonly earlierCacheId: string | undefined;
  readonly access: Access;
}

type Compiled = CompileResult | Exclude<BuildEnding, "done">;

/**
 * Compiles a project to a file, as the flags say with what image extensions make of it. Out: how a detection ended that gave no result.
 * Throws as `compileProject` and `compileDetected`.
 */
export function compileFile(compilation: FileCompilation, terminal: Terminal): Promise<Compiled> {
  const { project, named, earlierCacheId, access } = compilation;
  if (named.detected === true) return compileDetected(compilation, terminal);
  return compileProject(project, named, earlierCacheId, access, terminal);
}

/** Runs detection for it. Throws CompileError where no group passes, and as `compileProject` and `buildImage`. */
async function compileDetected(
  { path, project, asked, offered, named, earlierCacheId, access }: FileCompilation,
  terminal: Terminal,
): Promise<Compiled> {
  const { plan } = await compileProject(project, named, earlierCacheId, access, terminal, {
    appliedByFrontend: true,
  });
  // What that has said is not said again.
  const known = new Set(terminal.reported.map(({ code }) => code));
  const quiet = {
    report: (diagnostic: Diagnostic) => {
      if (!known.has(diagnostic.code)) terminal.report(diagnostic);
    },
  };
  if (plan.extensions === undefined) {
    const values = {
      flag: "--detected",
      reason: "there are no image extensions",
      instead: "Leave it out.",
    };
    terminal.report(diagnose("cli/flag-without-effect", values, { file: values.flag }));
    return compileProject(project, named, earlierCacheId, access, quiet);
  }
  const { ending, platforms } = await runDetection(path, { asked, plan, offered }, terminal);
  if (ending !== "done") return ending;
  const faults = detectionFaults(platforms);
  if (faults.length > 0) throw new CompileError(faults);
  requireAllowed(platforms, asked.defaults);
  const detected = platforms.flatMap(({ platform, detection: { generated } }) =>
    generated === undefined ? [] : [{ platform, generated }],
  );
  return compileProject(project, named, earlierCacheId, access, quiet, { detected });
}

/** Throws CompileError where an image extension takes part and the operator of this machine wants none. */
function requireAllowed(platforms: readonly DetectedPlatform[], { file, settings }: OperatorDefaults): void {
  if (settings.extensionsPolicy !== "refuse") return;
  const faults = platforms.flatMap(({ platform, detection: { generated } }) => {
    const ids = [...new Set((generated?.dockerfiles ?? []).map(({ id }) => id))];
    return ids.length === 0 ? [] : [diagnose("frontend/extension-refused", { ids, platform }, { file })];
  });
  if (faults.length > 0) throw new CompileError(faults);
}
