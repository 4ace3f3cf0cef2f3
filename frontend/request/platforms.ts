import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../src/image/platform.ts";
import { readSwitch } from "../../src/options/build-arguments.ts";
import type { PongResponse } from "../generated/gateway_pb.js";
import type { FrontendOptions } from "./options.ts";

/** What a build is for, and where its steps run. */
export interface BuildPlatforms {
  /** At least one, each once. */
  readonly targets: readonly Platform[];
  /** The platform of the machine that builds: what runs there is not emulated. */
  readonly own: Platform;
  /** Whether the result is to be an index, even of one image. */
  readonly asIndex: boolean;
}

/**
 * Reads `platform` and `multi-platform`; a build that names no platform is for the machine that builds. Throws
 * CompileError.
 */
export function readPlatforms({ values }: FrontendOptions, { workers }: PongResponse): BuildPlatforms {
  const first = workers[0]?.platforms[0];
  const { os = "linux", architecture = "amd64", variant = "" } = first ?? {};
  const own = readPlatform([os, architecture, variant].filter((part) => part !== "").join("/"));
  const texts = (values.platform ?? "").split(",").filter((text) => text !== "");
  const targets = texts.length === 0 ? [own] : texts.map(readPlatform);
  const once = [...new Map(targets.map((platform) => [formatPlatform(platform), platform])).values()];
  return { targets: once, own, asIndex: readAsIndex(values, once.length) };
}

/** An argument stands above the option, as in BuildKit's own frontend. */
function readAsIndex(values: FrontendOptions["values"], platforms: number): boolean {
  const argument = values["build-arg:BUILDKIT_MULTI_PLATFORM"] ?? "";
  const [name, value, file] =
    argument === ""
      ? ["multi-platform", values["multi-platform"] ?? "", "--opt multi-platform"]
      : ["BUILDKIT_MULTI_PLATFORM", argument, "--build-arg BUILDKIT_MULTI_PLATFORM"];
  if (value === "") return platforms > 1;
  const asIndex = readSwitch(value);
  if (asIndex === undefined) {
    throw new CompileError([diagnose("cli/build-arg-not-boolean", { name, value }, { file })]);
  }
  if (!asIndex && platforms > 1) {
    throw new CompileError([diagnose("frontend/platforms-without-index", { name, platforms }, { file })]);
  }
  return asIndex;
}

function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  throw new CompileError([diagnose("cli/bad-platform", { text }, { file: "--platform" })]);
}
