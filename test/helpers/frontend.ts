import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway } from "../../frontend/bridge/gateway.ts";
import { stdioTransport } from "../../frontend/bridge/stdio-transport.ts";
import type { ReturnRequest } from "../../frontend/generated/gateway_pb.js";
import type { FrontendOptions } from "../../frontend/request/options.ts";
import { serve } from "../../frontend/serve.ts";
import { goldenDirectory } from "./cases.ts";
import { type FakeBuildkit, type FakeScript, fakeBuildkit } from "./fake-buildkit.ts";
import { type ImageFile, readLabels } from "./images.ts";

/** Options as BuildKit hands them over, one variable for each. */
export function frontendEnv(options: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(options).map(([name, value], index) => [
    `BUILDKIT_FRONTEND_OPT_${index}`,
    `${name}=${value}`,
  ]);
  return { BUILDKIT_SESSION_ID: "session", ...Object.fromEntries(entries) };
}

export function frontendOptions(values: Readonly<Record<string, string>> = {}): FrontendOptions {
  return { values, sessionId: "session" };
}

/** A connection to a BuildKit that ends with the test. */
export function connected(script: FakeScript): { readonly fake: FakeBuildkit; readonly gateway: Gateway } {
  const fake = fakeBuildkit(script);
  return { fake, gateway: new Gateway(stdioTransport(fake.input, fake.output)) };
}

export interface Served {
  readonly exitCode: number;
  readonly fake: FakeBuildkit;
  /** What the frontend answered; absent: nothing. */
  readonly answer: ReturnRequest | undefined;
  readonly log: readonly string[];
}

/** A whole call of the frontend. `begin` gets the BuildKit before the call reaches it. */
export async function serveCall(
  options: Readonly<Record<string, string>>,
  script: FakeScript,
  begin: (fake: FakeBuildkit) => void = () => undefined,
): Promise<Served> {
  const fake = fakeBuildkit(script);
  begin(fake);
  const log: string[] = [];
  const exitCode = await serve({
    env: frontendEnv(options),
    input: fake.input,
    output: fake.output,
    log: (line) => log.push(line),
  });
  return { exitCode, fake, answer: fake.returned[0], log };
}

/** Builder and run image of the golden case `minimal`, as a registry has them. */
export function usualImages(): Record<string, string> {
  const files = ["builder.json", "run.json"].map(
    (name): ImageFile => JSON.parse(readFileSync(join(goldenDirectory, "minimal", name), "utf8")),
  );
  return Object.fromEntries(
    files.flatMap(({ reference, platforms }) =>
      Object.entries(platforms).map(([platform, { os, architecture, variant, env, user, labels }]) => [
        `${reference} ${platform}`,
        JSON.stringify({
          os,
          architecture,
          ...(variant === undefined ? {} : { variant }),
          config: { Env: env, User: user, Labels: readLabels(labels) },
          rootfs: { type: "layers", diff_ids: [`sha256:${"1".repeat(64)}`] },
        }),
      ]),
    ),
  );
}

/** The project.toml of the golden case `minimal`. */
export const usualProject = readFileSync(join(goldenDirectory, "minimal", "project.toml"), "utf8");
/** What `generate` makes of it. */
export const usualDockerfile = readFileSync(join(goldenDirectory, "minimal", "Dockerfile"), "utf8");
