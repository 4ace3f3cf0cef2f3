import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { epochSeconds } from "../../contract/epoch.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../diagnostics/diagnostic.ts";
import {
  type BuildRequest,
  type FrontendImage,
  type ProgressForm,
  plainRequest,
} from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { keptLayoutFault, layoutDigest } from "../../engines/layout.ts";
import { localHelperImage } from "../../engines/local-image.ts";
import { runBuild } from "../../engines/run/run-build.ts";
import { formatPlatform } from "../../image/platform.ts";
import { present } from "../../present.ts";
import { ownPlace } from "../../private/own-place.ts";
import type { BuildPorts } from "../build-ports.ts";
import { Interrupted } from "../interrupted.ts";
import { formatCommand } from "../steps/format-command.ts";
import { type HelperPrograms, helperDockerfile } from "./find-helper-image.ts";

/** How a build shows itself, and whether it is only said. */
interface Shown {
  readonly progress: ProgressForm;
  readonly isDryRun: boolean;
}

type Ports = Pick<BuildPorts, "report" | "progress" | "print" | "hasColors">;

/** How long one that is not used stays. */
const keptDays = 14;
/** What stands for a digest that only a build would tell. */
const unknownDigest = "sha256:DIGEST-OF-THE-HELPER-IMAGE";

/**
 * The helper image for the machines of an engine, built by that engine on first use and kept for later builds. A docker
 * daemon whose store takes no image of a build from its client keeps it itself. Throws CompileError where it cannot be built.
 */
export async function buildHelperImage(
  engine: Engine,
  reference: string,
  programs: HelperPrograms,
  shown: Shown,
  ports: Ports,
): Promise<FrontendImage> {
  if (engine.load !== undefined) {
    // Always: BuildKit's cache answers, and nothing here can know whether the daemon still has it.
    const name = localHelperImage(programs.key);
    await run(engine, { ...requestOf(engine, programs), tags: [name], outputs: [inDocker] }, shown, ports);
    return { reference: name };
  }
  const parent = ownPlace("cache", "helper-images", ports.report);
  const platforms = engine.nativePlatforms.map(formatPlatform).join(",").replaceAll("/", "-");
  const directory = join(parent, `${programs.key}-${platforms}`);
  const kept = layoutDigest(directory);
  // A sweep of the cache or a loss of power takes files out of it.
  if (kept !== undefined && (await keptLayoutFault(directory)) === undefined) {
    noteUse(directory);
    return { reference, layout: { directory, digest: kept } };
  }
  // Containers that share a cache have processes of the same number.
  const partial = `${directory}.${randomUUID()}.partial`;
  try {
    await run(engine, { ...requestOf(engine, programs), outputs: [inLayout(partial)] }, shown, ports);
    if (shown.isDryRun) return { reference, layout: { directory, digest: unknownDigest } };
    if (layoutDigest(partial) === undefined) throw new CompileError([unbuilt("BuildKit wrote no image")]);
    // Noted now, the next build need not read it.
    const fault = await keptLayoutFault(partial);
    if (fault !== undefined)
      throw new CompileError([unbuilt(`BuildKit wrote an image that is not whole: ${fault}`)]);
    await putInPlace(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  removeUnused(parent);
  return { reference, layout: { directory, digest: layoutDigest(directory) ?? "" } };
}

/** Another build can have made the same image meanwhile, which may be in use. */
async function putInPlace(partial: string, directory: string): Promise<void> {
  try {
    return renameSync(partial, directory);
  } catch (error) {
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) throw error;
  }
  if ((await keptLayoutFault(directory)) === undefined) return;
  const damaged = `${partial}.damaged`;
  renameSync(directory, damaged);
  renameSync(partial, directory);
  rmSync(damaged, { recursive: true, force: true });
}

/** A cache may be read-only, as one that comes with a machine. */
function noteUse(directory: string): void {
  const now = new Date();
  try {
    utimesSync(directory, now, now);
  } catch {}
}

const inDocker = { type: "docker", attributes: {} };

/** zstd: BuildKit can be handed the same layers under other digests then (see `variantLayout`). */
function inLayout(destination: string) {
  const attributes = {
    ...{ tar: "false", "rewrite-timestamp": "true" },
    ...{ compression: "zstd", "compression-level": "3", "force-compression": "true" },
  };
  return { type: "oci", destination, attributes };
}

function requestOf(engine: Engine, { directory, nodeImage }: HelperPrograms): BuildRequest {
  const built = {
    // The same image each time.
    SOURCE_DATE_EPOCH: String(epochSeconds),
    ...(engine.load === undefined ? { BUILDKIT_MULTI_PLATFORM: "1" } : {}),
    ...present({ NODE_IMAGE: nodeImage }),
  };
  return {
    ...plainRequest,
    context: directory,
    file: { directory, name: helperDockerfile },
    platforms: engine.load === undefined ? engine.nativePlatforms : [],
    buildArguments: Object.entries(built).map(([name, value]) => ({ name, value })),
    attestations: { provenance: "false" },
  };
}

async function run(engine: Engine, request: BuildRequest, shown: Shown, ports: Ports): Promise<void> {
  const command = engine.command({ ...request, progress: shown.progress });
  if (shown.isDryRun) return ports.print(`${formatCommand(command)}\n`);
  ports.progress("Building the helper image; later builds use it again.");
  const ending = await runBuild(command, {
    isSilent: shown.progress === "quiet",
    draws: shown.progress !== "quiet",
    keepsColors: ports.hasColors,
  });
  if (ending.isInterrupted) throw new Interrupted();
  if (ending.exitCode === 0) return;
  const fault = unbuilt(`BuildKit's client ended with ${ending.exitCode}`);
  throw ending.isTemporary ? new TemporaryError(fault) : new CompileError([fault]);
}

function unbuilt(reason: string): Diagnostic {
  return diagnose("cli/helper-image-not-built", { reason }, { file: "--image" });
}

/** Layouts by key and platforms, and those that are not finished or were damaged. */
const ownName = /^[\da-f]{16}-[\w,-]+(?:\.[\da-f-]+\.partial(?:\.damaged)?)?$/;

/**
 * Those of earlier versions, and what a kill has left. Nothing else: the directory can be a link to one that holds other things.
 * Nothing here may keep a build from its work.
 */
function removeUnused(parent: string): void {
  const oldest = Date.now() - keptDays * 24 * 60 * 60 * 1000;
  for (const name of readdirSync(parent)) {
    if (!ownName.test(name)) continue;
    const path = join(parent, name);
    try {
      if (lstatSync(path).mtimeMs < oldest) rmSync(path, { recursive: true, force: true });
    } catch {}
  }
}
