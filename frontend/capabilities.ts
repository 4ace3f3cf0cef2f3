import { CompileError, diagnose } from "../src/index.ts";
import type { PongResponse } from "./generated/gateway_pb.js";

/** What a build of ours cannot do without. Source: BuildKit, `frontend/gateway/pb/caps.go`. */
const needed = [
  // A Solve that answers with Refs, and can wait until its steps have run.
  "solve.base",
  "solve.inlinereturn",
  "gateway.solve.evaluate",
  // Results of several platforms, of which the next graphs are made.
  "proto.refarray",
  "returnmap",
  "reference.output",
  "readfile",
  "resolveimage",
  // Our Dockerfile reaches BuildKit's own frontend as an input.
  "frontend.inputs",
];

/** Throws CompileError where BuildKit lacks what a build of ours needs, before a call fails for it half way. */
export function requireCapabilities({ frontendApiCaps, workers }: PongResponse): void {
  const enabled = new Set(frontendApiCaps.filter((cap) => cap.enabled).map(({ id }) => id));
  const missing = needed.filter((id) => !enabled.has(id));
  if (missing.length === 0) return;
  const version = workers[0]?.buildkitVersion?.version ?? "";
  throw new CompileError([diagnose("frontend/buildkit-too-old", { version, missing }, { file: "BuildKit" })]);
}
