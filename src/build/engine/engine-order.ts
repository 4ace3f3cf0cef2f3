import { existsSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { BuildkitAddress } from "../../engines/clients/buildkit.ts";
import { assumedBuildkit, findBuildkit } from "../../engines/clients/find-buildkit.ts";
import { findBuildx } from "../../engines/clients/find-buildx.ts";
import type { Search } from "../../engines/engine.ts";
import type { Platform } from "../../image/platform.ts";
import { present } from "../../present.ts";
import { ownDirectory } from "../../private/own-directory.ts";
import { clientHere, findClient } from "../../private-buildkit/programs/programs.ts";
import type { RegistryOptions } from "../../registry/options.ts";
import type { EngineOrder } from "../build-order.ts";
import type { Candidate } from "./choose-engine.ts";
import { findDaemonless, planDaemonless } from "./find-daemonless.ts";
import { listAddresses, rankAddresses } from "./rank-addresses.ts";

/** What looking for an engine takes. */
interface EngineAccess {
  readonly registries: RegistryOptions;
  readonly report: Report;
  /** Takes a line about something that takes a while. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** What tells the app from others, by which one of several BuildKits is chosen. */
  readonly app: () => string;
  /** In a dry run, nothing is downloaded or started: an engine that cannot be asked is taken to have these. Absent: it is none. */
  readonly assumedPlatforms?: readonly Platform[];
}

/** The engines to look for, in this order: what the user named, what is there already, one of our own. */
export function engineCandidates(order: EngineOrder, access: EngineAccess): Candidate[] {
  const buildx = (why: string): Candidate => ({
    ...{ name: "buildx", why },
    search: () => findBuildx(order.buildx?.value, access.assumedPlatforms),
  });
  const buildkit = (why: string): Candidate => ({
    ...{ name: "buildkit", why },
    search: () => searchAny(order, access),
  });
  const daemonless = (why: string, isLast: boolean): Candidate => ({
    ...{ name: "daemonless", why },
    search: () => {
      const stateDirectory = order.stateDirectory ?? join(ownDirectory("data"), "buildkit");
      const { assumedPlatforms } = access;
      const request = { ...access, stateDirectory };
      return assumedPlatforms === undefined
        ? findDaemonless(request, isLast)
        : planDaemonless(request, assumedPlatforms, isLast);
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

/**
 * How long one of several may take to answer before the next is asked; the client by itself waits 20 seconds where a
 * connection is taken and nothing comes. Told to users in docs/guides/many-machines.md.
 */
const answerMs = 5000;

/** The app's own of several BuildKits, else the next one that answers. */
async function searchAny(order: EngineOrder, access: EngineAccess): Promise<Search> {
  const { buildkit, tlsDirectory, tlsServerName } = order;
  const named = listAddresses(buildkit?.value ?? "");
  const listed = named.length === 0 ? [`unix://${usualSocket}`] : named;
  // Of one, nobody has to know which app it is for.
  const addresses = listed.length > 1 ? rankAddresses(listed, access.app()) : listed;
  const reasons: string[] = [];
  for (const [index, address] of addresses.entries()) {
    const next = addresses[index + 1];
    const place = { address, ...present({ tlsDirectory, tlsServerName }) };
    const found = await searchBuildkit(place, access, next === undefined ? undefined : answerMs);
    if (found.kind === "found") return found;
    reasons.push(found.reason);
    if (next === undefined) return { ...found, reason: reasons.join("; ") };
    access.report(diagnose("engines/node-skipped", { reason: found.reason, next }));
  }
  throw new Error("there is no address to ask");
}

/** BuildKit's client is downloaded for Linux only. */
async function searchBuildkit(
  address: BuildkitAddress,
  access: EngineAccess,
  timeoutMs: number | undefined,
): Promise<Search> {
  const { assumedPlatforms } = access;
  if (process.platform !== "linux") return findBuildkit("buildctl", address, "buildkit", timeoutMs);
  if (assumedPlatforms === undefined)
    return findBuildkit(await findClient(access), address, "buildkit", timeoutMs);
  const client = await clientHere(access);
  if (client !== undefined) return findBuildkit(client, address, "buildkit", timeoutMs);
  access.say("buildctl is not installed; a build would download it.");
  return { kind: "found", engine: assumedBuildkit("buildctl", address, "buildkit", assumedPlatforms) };
}

/** Where BuildKit listens unless told otherwise. Source: BuildKit, `buildkitd.toml`, `grpc.address`. */
const usualSocket = "/run/buildkit/buildkitd.sock";
