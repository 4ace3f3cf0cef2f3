import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../lab/process.ts";

const root = join(import.meta.dirname, "..", "..", "..");
let checkout: string;

/** A checkout of its own, so that its lab is not the one that the other tests use. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "cnb-dockerfile-lab-"));
  mkdirSync(join(checkout, "test"));
  for (const directory of ["lab", "fixtures"]) {
    cpSync(join(root, "test", directory), join(checkout, "test", directory), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  cpSync(join(root, "package.json"), join(checkout, "package.json"));
});
afterAll(async () => {
  await lab("down");
  rmSync(checkout, { recursive: true, force: true });
});

const lab = (...words: string[]) =>
  execa(execPath, [join("test", "lab", "main.ts"), ...words], {
    cwd: checkout,
    reject: false,
    stdin: "ignore",
  });

/** Processes whose command line names the checkout's state; the lab's daemons and their containers do. */
function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(join("/proc", pid, "cmdline"), "utf8");
        return words.includes(join(checkout, ".lab")) ? [pid] : [];
      } catch {
        return [];
      }
    });
}

/** A process that starts the checkout's lab and keeps it until it ends. */
function starter() {
  const source = `
    const { startLab } = await import(${JSON.stringify(join(checkout, "test", "lab", "start.ts"))});
    const lab = await startLab({ bare: true });
    await lab.docker("classic");
    await lab.docker("containerd");
    console.log("started");
    setInterval(() => {}, 1000);`;
  const child = execa(execPath, ["--input-type=module", "--eval", source], {
    cwd: checkout,
    reject: false,
    buffer: false,
    stdin: "ignore",
    stderr: "ignore",
  });
  const started = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", () => resolve());
    void child.then(() => reject(new Error("the starter ended before its lab was up")));
  });
  return { child, started };
}

describe("a lab of another checkout, beside this one", () => {
  it("ends with its starter when that is interrupted", async () => {
    const { child, started } = starter();
    await started;
    expect(processes().length).toBeGreaterThanOrEqual(5);
    child.kill("SIGINT");
    await child;
    expect(processes()).toEqual([]);
  });

  it("ends daemons of a starter that was killed before it could note them", async () => {
    const { child, started } = starter();
    await started;
    child.kill("SIGSTOP");
    rmSync(join(checkout, ".lab", "run"), { recursive: true });
    await lab("down");
    expect(processes()).toEqual([]);
    child.kill("SIGKILL");
    await child;
  });

  it("is cleaned up by the next start when its starter was killed", async () => {
    const { child, started } = starter();
    await started;
    child.kill("SIGKILL");
    await child;
    const { exitCode, stdout } = await lab("up", "--bare");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("BUILDKIT_HOST");
    expect((await lab("status")).stdout).toMatch(/^up \(standing\)/);
    await lab("down");
    expect(await until(async () => processes().length === 0, 10_000)).toBe(true);
    expect((await lab("status")).exitCode).toBe(1);
  });
});
