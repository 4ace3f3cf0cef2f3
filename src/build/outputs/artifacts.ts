import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { OutputFiles, temporaryName } from "../../engines/outputs/output-files.ts";
import type { Border } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { linkIn } from "../../files/output-links.ts";
import { packageCount } from "../../sbom/components.ts";
import { readSbom } from "../../sbom/sbom.ts";
import type { ScannedPlatform } from "../../scan/text.ts";
import { readVerdict } from "../../scan/verdict.ts";
import type { BuildPorts } from "../build-ports.ts";
import { runHandingOver, type TracedEnding } from "../steps/handover.ts";
import { platformPlaces } from "./platform-places.ts";

/** What a directory of artifacts holds, and nothing else does: that of a platform, by BuildKit's name for it, or the files. */
const ownNames =
  /^(?:[a-z0-9]+_[a-z0-9]+(?:_v\d+)?|buildpacks|sbom(?:\.spdx|\.cdx)?\.json|vuln\.(?:json|txt|sarif)|verdict\.json)$/;

/** Throws CompileError where the directory holds what no build of ours wrote: it is going to be replaced. */
export function requireOwnDirectory(directory: string): void {
  const path = resolve(plainPath(directory));
  if (!existsSync(path)) return;
  const foreign = readdirSync(path).filter((name) => !ownNames.test(name));
  if (foreign.length > 0) {
    throw new CompileError([
      diagnose("cli/artifacts-foreign", { directory, foreign }, { file: "--artifacts" }),
    ]);
  }
}

/** The same build, asked for what is known of its image. */
export function artifactsRequest(request: BuildRequest): BuildRequest {
  const { metadataFile, ...rest } = request;
  return {
    ...rest,
    // BuildKit's answer is about no image, and names the build.
    ...(request.tellsSteps && metadataFile !== undefined
      ? { metadataFile: `${metadataFile}.artifacts` }
      : {}),
    ...{ target: "artifacts", tags: [], annotations: [], cacheTo: [] },
    // They are of images, and would lie between the files.
    attestations: {},
  };
}

type ArtifactsResult =
  | {
      readonly kind: "written";
      readonly platforms: readonly ScannedPlatform[];
      readonly run: TracedEnding;
    }
  | { readonly kind: "failed"; readonly run: TracedEnding };

/**
 * Has the engine list and scan what is in the image, and puts the files into the directory: all of them, in place of those
 * that an earlier build wrote, or none.
 */
export async function writeArtifacts(
  engine: Engine,
  request: BuildRequest,
  { directory, border }: { readonly directory: string; readonly border: Border },
  ports: BuildPorts,
): Promise<ArtifactsResult> {
  const files = new OutputFiles(border.outputs);
  try {
    const destination = files.instead(directory, "--artifacts");
    const outputs = [{ type: "local" as const, destination, attributes: {} }];
    const run = await runHandingOver(engine, { ...artifactsRequest(request), outputs }, ports);
    if (run.exitCode !== 0) return { kind: "failed", run };
    requireFiles(destination);
    const platforms = readArtifacts(destination, request.platforms, engine);
    replace(resolve(plainPath(directory)), () => files.commit());
    return { kind: "written", platforms, run };
  } finally {
    files.discard();
  }
}

/** What was there goes when what is new is in its place. */
function replace(path: string, commit: () => void): void {
  if (!existsSync(path)) {
    commit();
    return;
  }
  const before = temporaryName(path, "-before");
  renameSync(path, before);
  try {
    commit();
  } catch (error) {
    renameSync(before, path);
    throw error;
  }
  rmSync(before, { recursive: true, force: true });
}

/** What a build leaves there comes from the project, and goes on to reports: nothing but files, or they would be of this machine. */
function requireFiles(directory: string): void {
  const link = linkIn(directory);
  if (link === undefined) return;
  const path = relative(directory, link);
  throw new CompileError([diagnose("cli/artifacts-link", { path }, { file: "--artifacts" })]);
}

/** The verdict on each platform's image. */
function readArtifacts(
  directory: string,
  wanted: BuildRequest["platforms"],
  engine: Engine,
): ScannedPlatform[] {
  return platformPlaces(directory, "verdict.json", wanted, engine).map(({ platform, place }) => {
    const read = (name: string) => readFileSync(join(place, name), "utf8");
    const sbom = readSbom("cyclonedx", { path: "sbom.cdx.json", text: read("sbom.cdx.json") });
    const verdict = readVerdict(read("verdict.json"), "verdict.json");
    return { platform, verdict, packages: packageCount(sbom) };
  });
}
