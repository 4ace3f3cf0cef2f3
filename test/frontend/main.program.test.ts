import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { answerFrontend, type FakeCalls, type FakeScript } from "../helpers/fake-buildkit.ts";
import { frontendEnv, usualImages, usualProject } from "../helpers/frontend.ts";

const program = join(import.meta.dirname, "..", "..", "dist", "frontend.mjs");
const started: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** The bundled program as BuildKit starts it. */
function start(script: FakeScript, options: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH ?? "", ...frontendEnv({ platform: "linux/amd64", ...options }) };
  const child = spawn(process.execPath, [program], { env, stdio: ["pipe", "pipe", "pipe"] });
  started.push(child);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const buildkit = answerFrontend(script, child.stdin, child.stdout);
  const ended = once(child, "close").then(([exitCode]: unknown[]) => ({ exitCode, stderr }));
  return { child, buildkit, ended };
}

const files = { "project.toml": usualProject };
const client: FakeScript = { directories: { dockerfile: files, context: files }, images: usualImages() };

it("answers and ends", async () => {
  const { buildkit, ended } = start(client, { requestid: "frontend.targets" });
  expect(await ended).toEqual({ exitCode: 0, stderr: "" });
  expect(buildkit.returned).toHaveLength(1);
});

it("answers a failed build, and ends as well as any: BuildKit has its error from the answer", async () => {
  const { buildkit, ended } = start({ ...client, directories: { dockerfile: {}, context: {} } });
  expect(await ended).toEqual({ exitCode: 0, stderr: "" });
  expect(buildkit.returned[0]?.error?.message).toContain("[frontend/no-descriptor]");
});

describe("in the middle of a build", () => {
  /** Starts a build that stays in its first Solve, and does something to it there. */
  async function interrupted(
    act: (build: { buildkit: FakeCalls; kill: (signal: NodeJS.Signals) => void; end: () => void }) => void,
  ) {
    let reached = (): void => undefined;
    const solving = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const solve = () => {
      reached();
      return new Promise<never>(() => undefined);
    };
    const { child, buildkit, ended } = start({ ...client, solve });
    await solving;
    const before = performance.now();
    act({ buildkit, kill: (signal) => void child.kill(signal), end: () => void child.stdin.end() });
    return { ...(await ended), milliseconds: performance.now() - before };
  }

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("%s ends it at once", async (signal, code) => {
    const { exitCode, stderr, milliseconds } = await interrupted(({ kill }) => kill(signal));
    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: "" });
    expect(milliseconds).toBeLessThan(5000);
  });

  it.each([
    ["a lost connection", ({ buildkit }: { buildkit: FakeCalls }) => buildkit.hangUp()],
    ["an end of its input", ({ end }: { end: () => void }) => end()],
  ])("%s ends it, with no more than a line for the log", async (_, act) => {
    const { exitCode, stderr, milliseconds } = await interrupted(act);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^(?:cnb-dockerfile: BuildKit did not take the answer: [^\n]*\n)?$/);
    expect(milliseconds).toBeLessThan(5000);
  });
});
