import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import type { PongResponse } from "../generated/gateway_pb.js";
import type { NamedContexts } from "../sources/named-contexts.ts";
import type { State } from "./llb.ts";

/**
 * Our image, for each platform that BuildKit itself has to emulate, by the platform's name. Such a BuildKit has an emulator
 * beside it (`buildkit-qemu-aarch64`) and no binfmt_misc: all programs of a step run by that emulator, so a step cannot start
 * one of the machine's own.
 */
export type SelfEmulated = ReadonlyMap<string, State>;

/**
 * Finds the platforms that BuildKit does not say it runs, and our image for each of them. Throws CompileError where our image
 * cannot be had for one. Source: BuildKit, `solver/llbsolver/ops/exec_binfmt.go`, `util/archutil`.
 */
export async function findSelfEmulated(
  targets: readonly Platform[],
  { workers }: PongResponse,
  contexts: NamedContexts,
  report: Report,
): Promise<SelfEmulated> {
  const listed = workers.flatMap(({ platforms }) => platforms);
  // Variants do not count: an older or newer one of the machine's own architecture needs no emulator.
  const isListed = ({ os, architecture }: Platform) =>
    listed.some((one) => one.os === os && one.architecture === architecture);
  const missing = listed.length === 0 ? [] : targets.filter((platform) => !isListed(platform));
  const found = await Promise.all(
    missing.map(async (platform) => {
      const name = formatPlatform(platform);
      const image = await contexts.ownFor(platform);
      if (image === undefined) {
        throw new CompileError([
          diagnose("frontend/no-emulation", { platform: name }, { file: "--platform" }),
        ]);
      }
      report(diagnose("frontend/self-emulated", { platform: name }, { file: "--platform" }));
      return [name, image] as const;
    }),
  );
  return new Map(found);
}
