import * as v from "valibot";
import { normalizePlatform, type Platform } from "../../image/platform.ts";
import { record } from "../../image/record.ts";
import { present } from "../../present.ts";
import { call, lastLine } from "../call.ts";
import type { Engine, EngineName, ImageStore, Search } from "../engine.ts";
import { type BuildkitAddress, buildctlCommand, buildctlRecords, buildctlWords } from "./buildkit.ts";
import { firstOfEach, ownPlatform } from "./native-platforms.ts";
import { openHost } from "./open-host.ts";

const workersSchema = v.array(
  v.object({
    labels: v.nullish(record(v.string(), v.string()), {}),
    platforms: v.array(
      v.object({ os: v.string(), architecture: v.string(), variant: v.optional(v.string()) }),
    ),
    buildkitVersion: v.optional(v.object({ version: v.string() })),
  }),
);
type Workers = v.InferOutput<typeof workersSchema>;

/** Asks a BuildKit what it is. In: the program buildctl; how long it may take. How often to ask again is the caller's. */
export async function findBuildkit(
  buildctl: string,
  buildkit: BuildkitAddress,
  name: EngineName,
  timeoutMs?: number,
): Promise<Search> {
  const words = [...buildctlWords(buildkit), "debug", "workers", "--format={{json .}}"];
  const answer = await call({ program: buildctl, arguments: words, env: {} }, timeoutMs);
  if (answer.isMissing) {
    return {
      kind: "missing",
      reason: `${buildctl} is not installed`,
      remedy: "install buildctl, which is part of every BuildKit release",
    };
  }
  const workers = answer.isSuccess ? readWorkers(answer.stdout) : undefined;
  if (workers === undefined || workers.length === 0) {
    return {
      kind: "missing",
      reason: `BuildKit at ${buildkit.address} does not answer: ${lastLine(answer.stderr)}`,
      remedy: "start it, or check BUILDKIT_HOST and its certificates",
    };
  }
  return { kind: "found", engine: engineOf(buildctl, buildkit, name, workers) };
}

/** A BuildKit that is not asked. In: the platforms that it is taken to have beside this machine's own. */
export function assumedBuildkit(
  buildctl: string,
  buildkit: BuildkitAddress,
  name: EngineName,
  platforms: readonly Platform[],
): Engine {
  const worker = { labels: {}, platforms: [ownPlatform, ...platforms] };
  return engineOf(buildctl, buildkit, name, [worker]);
}

function engineOf(buildctl: string, buildkit: BuildkitAddress, name: EngineName, workers: Workers): Engine {
  const platforms = workers.map((worker) =>
    worker.platforms.map(({ os, architecture, variant }) =>
      normalizePlatform({ os, architecture, ...present({ variant }) }),
    ),
  );
  return {
    name,
    title: name === "daemonless" ? "a temporary BuildKit" : `BuildKit at ${buildkit.address}`,
    platforms: platforms.flat(),
    nativePlatforms: firstOfEach(platforms),
    versions: workers.flatMap(({ buildkitVersion }) =>
      buildkitVersion === undefined ? [] : [buildkitVersion.version],
    ),
    store: storeOf(workers),
    openHosts: [openHost(buildkit.address, buildkit.tlsDirectory !== undefined) ?? []].flat(),
    isLimited: false,
    command: (request) => buildctlCommand(buildctl, buildkit, request),
    records: buildctlRecords(buildctl, buildkit),
  };
}

function storeOf([first]: Workers): ImageStore {
  const { labels } = first ?? {};
  if (labels?.["org.mobyproject.buildkit.worker.executor"] !== "containerd") return { kind: "none" };
  const namespace = labels["org.mobyproject.buildkit.worker.containerd.namespace"] ?? "buildkit";
  return { kind: "containerd", namespace };
}

function readWorkers(text: string): Workers | undefined {
  try {
    const read = v.safeParse(workersSchema, JSON.parse(text));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
