import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { absent } from "../../helpers/absent.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject, runBuild } from "../build-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";

const program = join(import.meta.dirname, "../../../dist/main.js");
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let home: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  home = mkdtempSync(join(tmpdir(), "cnb-dockerfile-handover-"));
  describeProject(lab, app.directory, "com.example.handover");
});
afterAll(async () => {
  app.remove();
  rmSync(home, { recursive: true, force: true });
  await lab.close();
});

const variables = () => ({
  ...lab.environment,
  CNB_DOCKERFILE_IMAGE: "",
  XDG_DATA_HOME: join(home, "data"),
  XDG_STATE_HOME: join(home, "state"),
  XDG_CACHE_HOME: join(home, "cache"),
});
const words = (engine: string) => [
  ...[`--engine=${engine}`, "--platform=linux/amd64", "--progress=plain"],
  ...["-o", `type=oci,dest=${home}/${engine}.tar`, "."],
];

/** Programs that a process has started. */
function children(pid: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1];
      return parent === String(pid) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Starts a build, and kills it and its client as soon as BuildKit has a part of a layer of our image. Out: whether it had. */
async function killWithinTransfer(
  data: () => string | undefined,
  engine: string,
  env: Record<string, string>,
): Promise<boolean> {
  const child = spawn(process.execPath, [program, "build", ...words(engine)], {
    ...{ cwd: app.directory, stdio: "ignore" },
    env: { ...process.env, ...variables(), ...env },
  });
  let wasWithin = false;
  const clock = setInterval(() => {
    const ingest = join(data() ?? absent, "runc-overlayfs/content/ingest");
    if (!existsSync(ingest) || wasWithin) return;
    const sizes = readdirSync(ingest).map(
      (name) => statSync(join(ingest, name, "data"), { throwIfNoEntry: false })?.size ?? 0,
    );
    if (!sizes.some((size) => size > 500_000)) return;
    wasWithin = true;
    const clients = children(child.pid ?? 0);
    child.kill("SIGKILL");
    for (const pid of clients) {
      try {
        if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("buildctl")) process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
  }, 1);
  await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(clock);
  return wasWithin;
}

/** A BuildKit that has half a layer of our image. The rest may be on its way when its client is killed: then another one. */
async function startHalfBuildkit(): Promise<SecondBuildkit> {
  for (let round = 0; round < 5; round++) {
    const buildkit = await startSecondBuildkit(lab, { name: "half" });
    const config = join(dirname(buildkit.address.slice("unix://".length)), "buildkitd.toml");
    const [, data = ""] = /^root = "(.*)"$/m.exec(readFileSync(config, "utf8")) ?? [];
    expect(await killWithinTransfer(() => data, "buildkit", { BUILDKIT_HOST: buildkit.address })).toBe(true);
    // What is whole is soon put elsewhere.
    await pause(1000);
    if (readdirSync(join(data, "runc-overlayfs/content/ingest")).length > 0) return buildkit;
    await buildkit.close();
  }
  throw new Error("no kill left half a layer");
}

it("a BuildKit that was left with half of our image takes it from the next build, and from those after it", async () => {
  const buildkit = await startHalfBuildkit();
  try {
    const env = { ...variables(), BUILDKIT_HOST: buildkit.address };
    const next = await runBuild(lab, app.directory, words("buildkit"), env);
    const told = { exitCode: next.exitCode, anew: next.stderr.includes("Sending it again.") };
    expect(told, next.stderr).toEqual({ exitCode: 0, anew: true });
    const later = await runBuild(lab, app.directory, words("buildkit"), env);
    expect({ exitCode: later.exitCode, anew: later.stderr.includes("Sending it again.") }).toEqual({
      exitCode: 0,
      anew: false,
    });
    expect(later.stderr).not.toContain("fsverity");
  } finally {
    await buildkit.close();
  }
});

it("so does a BuildKit of one's own", async () => {
  const data = () => join(home, "data/cnb-dockerfile/buildkit/data");
  const env = { BUILDKIT_HOST: "", BUILDX_BUILDER: "" };
  expect(await killWithinTransfer(data, "daemonless", env)).toBe(true);
  const next = await runBuild(lab, app.directory, words("daemonless"), { ...variables(), ...env });
  expect(next.exitCode, next.stderr).toBe(0);
});
