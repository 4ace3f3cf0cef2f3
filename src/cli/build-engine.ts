import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Candidate, chooseEngine, type EngineNeeds } from "../build/engine/choose-engine.ts";
import { findDaemonless } from "../build/engine/find-daemonless.ts";
import { Interrupted } from "../build/interrupted.ts";
import type { BuildkitAddress } from "../engines/clients/buildkit.ts";
import { findBuildkit } from "../engines/clients/find-buildkit.ts";
import { findBuildx } from "../engines/clients/find-buildx.ts";
import type { Engine } from "../engines/engine.ts";
import { onEndingSignal } from "../engines/run/ending-signals.ts";
import { diagnose } from "../index.ts";
import { ownDirectory } from "../private/own-directory.ts";
import { findClient } from "../private-buildkit/programs/programs.ts";
import { registryOptions } from "./compile-project.ts";
import type { AccessFlags, BuildFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `work` with the engine that the user named, or with the first one that can do it. */
export async function withEngine<T>(
  flags: BuildFlags,
  needs: EngineNeeds,
  terminal: Terminal,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const abort = () => interrupt.abort(new Interrupted());
  const stopListening = onEndingSignal(abort);
  try {
    const request = { flags, terminal, signal: interrupt.signal };
    const { engine, why } = await chooseEngine(candidates(request, process.env), needs);
    try {
      interrupt.signal.throwIfAborted();
      reportRegistryFlags(flags, engine, terminal);
      reportPlainTcp(flags, engine, terminal);
      if (flags.quiet !== true) terminal.tell(`Building with ${engine.title}: ${why}.`);
      return await work(engine);
    } finally {
      await engine.close?.();
    }
  } finally {
    stopListening();
  }
}

/** They configure a BuildKit that is ours; any other was configured by whoever started it. */
function reportRegistryFlags(flags: AccessFlags, { name, title }: Engine, terminal: Terminal): void {
  if (name === "daemonless") return;
  const given = {
    "--registry-mirror": flags.registryMirror,
    "--insecure-registry": flags.insecureRegistry,
    "--registry-ca": flags.registryCa,
  };
  for (const [flag, value] of Object.entries(given)) {
    if (value === undefined) continue;
    terminal.report(diagnose("engines/registry-flags", { flag, engine: title }, { file: flag }));
  }
}

/** Who is between reads the source, the secrets and the registries' logins. */
function reportPlainTcp(flags: BuildFlags, { name, openHosts }: Engine, terminal: Terminal): void {
  const hosts = openHosts.join(", ");
  if (hosts === "") return;
  const isNamed = (name === "buildx" ? flags.buildxBuilder : flags.buildkitHost) !== undefined;
  const [flag, variable] =
    name === "buildx" ? ["--buildx-builder", "buildx"] : ["--buildkit-host", "BUILDKIT_HOST"];
  terminal.report(
    diagnose("engines/plain-tcp", { hosts, engine: name }, { file: isNamed ? flag : variable }),
  );
}

interface CandidateRequest {
  readonly flags: BuildFlags;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

function candidates({ flags, terminal, signal }: CandidateRequest, env: NodeJS.ProcessEnv): Candidate[] {
  const { engine = "auto" } = flags;
  const instance = flags.buildxBuilder ?? (env.BUILDX_BUILDER || undefined);
  const address = flags.buildkitHost ?? (env.BUILDKIT_HOST || undefined);
  const access = {
    ...{ report: terminal.report, signal, registries: registryOptions(flags) },
    say: (line: string) => flags.quiet !== true && terminal.tell(line),
  };
  const buildx = (why: string): Candidate => ({ name: "buildx", why, search: () => findBuildx(instance) });
  const buildkit = (why: string): Candidate => ({
    name: "buildkit",
    why,
    search: async () => findBuildkit(await client(access), buildkitAddress(address, flags, env), "buildkit"),
  });
  const daemonless = (why: string, isLast: boolean): Candidate => ({
    name: "daemonless",
    why,
    search: () => {
      const own = flags.stateDir === undefined ? stateDirectory() : resolve(flags.stateDir);
      return findDaemonless({ ...access, stateDirectory: own }, isLast);
    },
  });
  switch (engine) {
    case "buildx":
      return [buildx("--engine says so")];
    case "buildkit":
      return [buildkit("--engine says so")];
    case "daemonless":
      return [daemonless("--engine says so", true)];
    case "auto":
      if (flags.buildxBuilder !== undefined) return [buildx("--buildx-builder names it")];
      if (flags.buildkitHost !== undefined) return [buildkit("--buildkit-host names it")];
      return [
        ...(address === undefined ? [] : [{ ...buildkit("BUILDKIT_HOST names it"), isNamed: true }]),
        ...(env.BUILDX_BUILDER
          ? [{ ...buildx("BUILDX_BUILDER names it"), isNamed: true }]
          : [buildx("docker's buildx is there")]),
        // Nothing is fetched to ask one that is not there.
        ...(address === undefined && existsSync(usualSocket) ? [buildkit("it runs on this machine")] : []),
        daemonless("nothing else here can", false),
      ];
  }
}

/** BuildKit's client; releases of it are fetched for Linux only. */
function client(access: Parameters<typeof findClient>[0]): Promise<string> {
  return process.platform === "linux" ? findClient(access) : Promise.resolve("buildctl");
}

/** Where a private BuildKit keeps its cache. */
function stateDirectory(): string {
  return join(ownDirectory("data"), "buildkit");
}

/** Where BuildKit listens unless told otherwise. Source: BuildKit, `buildkitd.toml`, `grpc.address`. */
const usualSocket = "/run/buildkit/buildkitd.sock";

function buildkitAddress(
  address: string | undefined,
  flags: BuildFlags,
  env: NodeJS.ProcessEnv,
): BuildkitAddress {
  const tlsDirectory = flags.buildkitTlsDir ?? (env.BUILDKIT_TLS_DIR || undefined);
  const tlsServerName = flags.buildkitTlsServerName;
  return {
    address: address ?? `unix://${usualSocket}`,
    ...(tlsDirectory === undefined ? {} : { tlsDirectory }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}
