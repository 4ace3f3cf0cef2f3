import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, stderr } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testSeed } from "../../helpers/test-seed.ts";
import { findDaemon } from "../../lab/daemon.ts";
import type { Lab } from "../../lab/lab.ts";
import { commandLine, descendants, type ProcessId, signal, until } from "../../lab/process.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, writeDescriptor } from "../frontend-steps.ts";

/** How many builds are killed; a hundred take about three minutes. */
const kills = Number(env.CNB_DOCKERFILE_TEST_KILLS ?? 6);
/** By it a frontend is known for one of ours. */
const buildName = "cnb-dockerfile-killed";
/** What the client says when the frontend is gone, below the line that names our image. */
const killedFrontend =
  /^ERROR: failed to build: .*(?:exit code: 137|frontend grpc server closed unexpectedly)$/m;

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let name: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  name = `${lab.registry}/e2e/killed:latest`;
  writeDescriptor(lab, app.directory, "com.example.killed");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

/** Starts a build of the app with this content, which has something to do in each stage. */
function startBuild(content: string, words: readonly string[] = []) {
  writeFileSync(join(app.directory, "app.txt"), content);
  const always = [
    "build",
    "--progress=plain",
    "--provenance=false",
    "--file=project.toml",
    `--tag=${name}`,
    "--push",
    `--build-arg=BUILDKIT_BUILD_NAME=${buildName}`,
  ];
  return execa(lab.tools["docker-buildx"], [...always, ...words, "."], {
    cwd: app.directory,
    env: lab.environment,
    reject: false,
    timeout: 120_000,
  });
}

/** The digest of a build that nobody disturbs. */
async function builtDigest(content: string, words: readonly string[] = []): Promise<string> {
  const { exitCode, stderr: progress } = await startBuild(content, words);
  expect({ exitCode, progress: exitCode === 0 ? "" : progress }).toEqual({ exitCode: 0, progress: "" });
  return digestOf(lab, name);
}

/** The frontends of this test's builds; others may be building in the same lab. */
function frontends(): readonly ProcessId[] {
  const buildkitd = findDaemon("buildkitd");
  if (buildkitd === undefined) throw new Error("the lab's buildkitd is gone");
  return descendants(buildkitd.pid).filter(
    ({ pid }) => /^node \S+frontend\.mjs$/.test(commandLine(pid)) && environment(pid).includes(buildName),
  );
}

/** Empty when the process is gone. */
function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

interface Killed {
  /** Absent: by a signal. */
  readonly exitCode?: number;
  /** What the client says. */
  readonly progress: string;
  /** False: it had ended before. */
  readonly wasKilled: boolean;
}

async function buildAndKill(
  victim: "client" | "frontend",
  afterMs: number,
  content: string,
): Promise<Killed> {
  const client = startBuild(content);
  let wasKilled = false;
  let isOver = false;
  void client.then(() => {
    isOver = true;
  });
  if (victim === "frontend") {
    await until(() => isOver || frontends().length > 0, 30_000);
    await pause(afterMs);
    for (const id of frontends()) {
      signal(id, "SIGKILL");
      wasKilled = true;
    }
  } else {
    await pause(afterMs);
    wasKilled = client.kill("SIGKILL");
  }
  const { exitCode, stderr: progress } = await client;
  return { ...(exitCode === undefined ? {} : { exitCode }), progress, wasKilled };
}

it("killed clients and frontends leave BuildKit, the cache, the registry and the last image as they were", async () => {
  const seed = testSeed(`${kills} kills`);
  const expected = await builtDigest("undisturbed");
  const begin = performance.now();
  let tagged = await builtDigest(`timed ${seed}`);
  const longestMs = Math.round(performance.now() - begin);
  const moments = fc.record({
    victim: fc.constantFrom("client" as const, "frontend" as const),
    afterMs: fc.noBias(fc.integer({ min: 0, max: longestMs })),
  });
  const counts = { client: 0, frontend: 0, late: 0 };
  // Some come too late.
  for (const [index, { victim, afterMs }] of fc.sample(moments, { seed, numRuns: 3 * kills }).entries()) {
    if (counts.client + counts.frontend === kills) break;
    const { exitCode, progress, wasKilled } = await buildAndKill(victim, afterMs, `killed ${seed} ${index}`);
    counts[wasKilled && exitCode !== 0 ? victim : "late"] += 1;
    if (victim === "frontend" && exitCode !== 0) expect(progress).toMatch(killedFrontend);
    const now = await digestOf(lab, name);
    // A push that was on its way may have been finished; it is then a whole image, too.
    if (now !== tagged) await lab.crane(["validate", `--remote=${name}`]);
    tagged = now;
  }
  stderr.write(`killed within ${longestMs} ms: ${JSON.stringify(counts)}\n`);
  expect(counts.client + counts.frontend).toBe(kills);
  await expect.poll(() => frontends().length, { timeout: 30_000 }).toBe(0);
  expect(await builtDigest("undisturbed")).toBe(expected);
  expect(await builtDigest("undisturbed", ["--no-cache"])).toBe(expected);
  await lab.crane(["validate", `--remote=${name}`]);
});
