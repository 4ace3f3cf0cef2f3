import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { BuildkitAddress } from "../../engines/clients/buildkit.ts";
import { findBuildkit } from "../../engines/clients/find-buildkit.ts";
import { findBuildx } from "../../engines/clients/find-buildx.ts";
import { present } from "../../present.ts";
import { ownDirectory } from "../../private/own-directory.ts";
import { findClient } from "../../private-buildkit/programs/programs.ts";
import type { RegistryOptions } from "../../registry/options.ts";
import type { EngineOrder } from "../build-order.ts";
import type { Candidate } from "./choose-engine.ts";
import { findDaemonless } from "./find-daemonless.ts";

/** What looking for an engine takes. */
interface EngineAccess {
  readonly registries: RegistryOptions;
  readonly report: Report;
  /** Takes a line about something that takes a while. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The engines to look for, in this order: what the user named, what is there already, one of our own. */
export function engineCandidates(order: EngineOrder, access: EngineAccess): Candidate[] {
  const buildx = (why: string): Candidate => ({
    ...{ name: "buildx", why },
    search: () => findBuildx(order.buildx?.value),
  });
  const buildkit = (why: string): Candidate => ({
    ...{ name: "buildkit", why },
    search: async () => findBuildkit(await client(access), buildkitAddress(order), "buildkit"),
  });
  const daemonless = (why: string, isLast: boolean): Candidate => ({
    ...{ name: "daemonless", why },
    search: () => {
      const stateDirectory = order.stateDirectory ?? join(ownDirectory("data"), "buildkit");
      return findDaemonless({ ...access, stateDirectory }, isLast);
    },
  });
  switch (order.choice) {
    case "buildx":
      return [buildx("set by --engine")];
    case "buildkit":
      return [buildkit("set by --engine")];
    case "daemonless":
      return [daemonless("set by --engine", true)];
    case "auto":
      if (order.buildx?.isFlag === true) return [buildx(`set by ${order.buildx.saidBy}`)];
      if (order.buildkit?.isFlag === true) return [buildkit(`set by ${order.buildkit.saidBy}`)];
      return [
        ...(order.buildkit === undefined
          ? []
          : [{ ...buildkit(`set by ${order.buildkit.saidBy}`), isNamed: true }]),
        ...(order.buildx === undefined
          ? [buildx("docker buildx is installed")]
          : [{ ...buildx(`set by ${order.buildx.saidBy}`), isNamed: true }]),
        // Nothing is fetched to ask one that is not there.
        ...(order.buildkit === undefined && existsSync(usualSocket)
          ? [buildkit("it is running on this machine")]
          : []),
        daemonless("no other engine can run this build", false),
      ];
  }
}

/** BuildKit's client; releases of it are fetched for Linux only. */
function client(access: EngineAccess): Promise<string> {
  return process.platform === "linux" ? findClient(access) : Promise.resolve("buildctl");
}

/** Where BuildKit listens unless told otherwise. Source: BuildKit, `buildkitd.toml`, `grpc.address`. */
const usualSocket = "/run/buildkit/buildkitd.sock";

function buildkitAddress({ buildkit, tlsDirectory, tlsServerName }: EngineOrder): BuildkitAddress {
  return {
    address: buildkit?.value ?? `unix://${usualSocket}`,
    ...present({ tlsDirectory, tlsServerName }),
  };
}
