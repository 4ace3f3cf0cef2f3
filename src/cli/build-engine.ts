import type { BuildkitAddress } from "../engines/buildkit.ts";
import { type Candidate, chooseEngine, type EngineNeeds } from "../engines/choose-engine.ts";
import type { Engine } from "../engines/engine.ts";
import { findBuildkit } from "../engines/find-buildkit.ts";
import { findBuildx } from "../engines/find-buildx.ts";
import type { BuildFlags } from "./build-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `work` with the engine that the user named, or with the first one that can do it. */
export async function withEngine<T>(
  flags: BuildFlags,
  needs: EngineNeeds,
  terminal: Terminal,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const { engine, why } = await chooseEngine(candidates(flags, process.env), needs);
  if (flags.quiet !== true) terminal.tell(`Building with ${engine.title}: ${why}.`);
  return work(engine);
}

function candidates(flags: BuildFlags, env: NodeJS.ProcessEnv): Candidate[] {
  const { engine = "auto" } = flags;
  const instance = flags.buildxBuilder ?? (env.BUILDX_BUILDER || undefined);
  const address = flags.buildkitHost ?? (env.BUILDKIT_HOST || undefined);
  const buildx = (why: string): Candidate => ({ name: "buildx", why, search: () => findBuildx(instance) });
  const buildkit = (why: string): Candidate => ({
    name: "buildkit",
    why,
    search: () => findBuildkit("buildctl", buildkitAddress(address, flags, env), "buildkit"),
  });
  switch (engine) {
    case "buildx":
      return [buildx("--engine says so")];
    case "buildkit":
      return [buildkit("--engine says so")];
    case "daemonless":
      return [];
    case "auto":
      if (flags.buildxBuilder !== undefined) return [buildx("--buildx-builder names it")];
      if (flags.buildkitHost !== undefined) return [buildkit("--buildkit-host names it")];
      return [
        ...(address === undefined ? [] : [buildkit("BUILDKIT_HOST names it")]),
        buildx(env.BUILDX_BUILDER ? "BUILDX_BUILDER names it" : "docker's buildx is there"),
        ...(address === undefined ? [buildkit("it runs on this machine")] : []),
      ];
  }
}

/** Where BuildKit listens unless told otherwise. Source: BuildKit, `buildkitd.toml`, `grpc.address`. */
const usualAddress = "unix:///run/buildkit/buildkitd.sock";

function buildkitAddress(
  address: string | undefined,
  flags: BuildFlags,
  env: NodeJS.ProcessEnv,
): BuildkitAddress {
  const tlsDirectory = flags.buildkitTlsDir ?? (env.BUILDKIT_TLS_DIR || undefined);
  const tlsServerName = flags.buildkitTlsServerName;
  return {
    address: address ?? usualAddress,
    ...(tlsDirectory === undefined ? {} : { tlsDirectory }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}
