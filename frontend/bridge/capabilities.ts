import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import type { PongResponse } from "../generated/gateway_pb.js";

/** The oldest BuildKit that can do all of this. A frontend is not told the version of the one that it runs in. */
const oldestVersion = "v0.17.0";

/** The calls that a build of ours makes. Source: BuildKit, `frontend/gateway/pb/caps.go`. */
const calls = [
  // A Solve that answers with Refs, and can wait until its steps have run.
  "solve.base",
  "solve.inlinereturn",
  "gateway.solve.evaluate",
  // Results of several platforms, of which the next graphs are made.
  "proto.refarray",
  "reference.output",
  "importcaches",
  "readfile",
  "readdir",
  "statfile",
  "resolveimage",
  "resolveimage.resolvemode",
  // Our Dockerfile reaches BuildKit's own frontend as an input.
  "frontend.inputs",
  "gateway.warnings",
  "return",
  "returnmap",
];

/** What our graphs are made of, but for merges, which there is a way around. Source: BuildKit, `solver/pb/caps.go`. */
const operations = [
  "source.image",
  "source.local",
  "source.local.sessionid",
  "source.local.followpaths",
  "source.local.sharedkeyhint",
  "source.http",
  "exec.meta.base",
  "exec.meta.network",
  "exec.mount.bind",
  "exec.mount.cache.content",
  "file.base",
  "platform",
  "meta.description",
  // Not used. It came with 0.17, as did what has no name: the directories that a copy makes above what it copies get the
  // copy's time. Before, they had the clock's, and no two builds the same layers.
  "exec.validexitcode",
];

/** Throws CompileError where BuildKit lacks what a build of ours needs, before a call fails for it half way. */
export function requireCapabilities({ frontendApiCaps, llbCaps }: PongResponse): void {
  const missing = [...lacking(calls, frontendApiCaps), ...lacking(operations, llbCaps)];
  if (missing.length === 0) return;
  throw new CompileError([
    diagnose("frontend/buildkit-too-old", { oldest: oldestVersion, missing }, { file: "BuildKit" }),
  ]);
}

/** Whether file systems can be laid over each other. A docker daemon with its classic store cannot. */
export function canMerge({ llbCaps }: PongResponse): boolean {
  return lacking(["mergeop", "diffop"], llbCaps).length === 0;
}

/** Whether a result may have attestations. */
export function canAttest({ frontendApiCaps }: PongResponse): boolean {
  return lacking(["reference.attestations"], frontendApiCaps).length === 0;
}

function lacking(needed: readonly string[], offered: PongResponse["llbCaps"]): string[] {
  const enabled = new Set(offered.filter((cap) => cap.enabled).map(({ id }) => id));
  return needed.filter((id) => !enabled.has(id));
}
