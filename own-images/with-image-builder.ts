import process, { env } from "node:process";
import { withEngine } from "../src/build/engine/with-engine.ts";
import type { BuildRequest } from "../src/engines/build-request.ts";
import { runBuild } from "../src/engines/run/run-build.ts";
import { formatPlatform } from "../src/image/platform.ts";
import { present } from "../src/present.ts";
import { defaultRegistryOptions } from "../src/registry/options.ts";

/** The user's docker or BuildKit, as what builds our images. */
export interface ImageBuilder {
  /** `linux/amd64`: what it builds without emulation. */
  readonly platforms: readonly string[];
  /** Out: the exit status of BuildKit's client, which says by itself what went wrong. */
  readonly build: (request: BuildRequest) => Promise<number>;
}

/** Runs `work` with the first engine that there is, as `cnb-dockerfile build` chooses one. */
export function withImageBuilder<T>(work: (builder: ImageBuilder) => Promise<T>): Promise<T> {
  const host = env.BUILDKIT_HOST;
  const order = {
    engine: {
      choice: "auto" as const,
      registryFlags: [],
      engineFlags: [],
      ...(host ? { buildkit: { value: host, saidBy: "BUILDKIT_HOST", isFlag: false } } : {}),
      ...present({ tlsDirectory: env.BUILDKIT_TLS_DIR || undefined }),
    },
    registries: defaultRegistryOptions,
  };
  const needs = { platforms: [], needsArchive: false, needsHandedFrontend: false };
  const ports = {
    report: ({ message }: { readonly message: string }) => process.stderr.write(`warning: ${message}\n`),
    progress: (line: string) => process.stderr.write(`${line}\n`),
  };
  return withEngine(order, needs, ports, (engine) =>
    work({
      platforms: engine.nativePlatforms.map(formatPlatform),
      build: async (request) => {
        const shown = { isSilent: false, draws: true, keepsColors: true };
        return (await runBuild(engine.command(request), shown)).exitCode;
      },
    }),
  );
}
