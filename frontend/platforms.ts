import { CompileError, diagnose, formatPlatform, type Platform, parsePlatform } from "../src/index.ts";
import type { PongResponse } from "./generated/gateway_pb.js";
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

/** Reads `platform` and `multi-platform`; a build that names no platform is for the machine that builds. */
export function readPlatforms({ values }: FrontendOptions, { workers }: PongResponse): BuildPlatforms {
  const first = workers[0]?.platforms[0];
  const { os = "linux", architecture = "amd64", variant = "" } = first ?? {};
  const own = readPlatform([os, architecture, variant].filter((part) => part !== "").join("/"));
  const texts = (values.platform ?? "").split(",").filter((text) => text !== "");
  const targets = texts.length === 0 ? [own] : texts.map(readPlatform);
  const asked = values["build-arg:BUILDKIT_MULTI_PLATFORM"] ?? values["multi-platform"] ?? "";
  const once = [...new Map(targets.map((platform) => [formatPlatform(platform), platform])).values()];
  return { targets: once, own, asIndex: asked === "" ? once.length > 1 : /^(?:1|t|true)$/i.test(asked) };
}

function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  throw new CompileError([diagnose("cli/bad-platform", { text }, { file: "--platform" })]);
}
