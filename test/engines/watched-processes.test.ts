import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { WatchedProcesses } from "../../src/engines/watched-processes.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

const isRunning = (pid: number) => {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, "utf8"));
};

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await pause(20)) {
    if (Date.now() > end) throw new Error("it never came");
  }
}

/** Numbers of the three processes that a driver has running. */
async function runningIn(file: string): Promise<number[]> {
  const read = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : []);
  await until(() => read().length === 3);
  return read();
}

/** A process with three others below it, one of them in a session of its own. */
async function startDriver(): Promise<{ driver: ChildProcess; pids: readonly number[] }> {
  const file = join(temporaryDirectory(), "pids");
  const driver = spawn(process.execPath, [join(import.meta.dirname, "watched-driver.ts"), file], {
    stdio: "ignore",
    detached: true,
  });
  return { driver, pids: await runningIn(file) };
}

describe("what is watched ends", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "after %s for its caller alone",
    async (signal) => {
      const { driver, pids } = await startDriver();
      expect(pids.map(isRunning)).toEqual([true, true, true]);
      driver.kill(signal);
      await once(driver, "exit");
      await until(() => !pids.some(isRunning));
    },
  );

  it("after SIGKILL for all of its caller's group", async () => {
    const { driver, pids } = await startDriver();
    process.kill(-(driver.pid ?? 0), "SIGKILL");
    await until(() => !pids.some(isRunning));
  });

  it("when its caller says so, and nothing else does", async () => {
    const processes = new WatchedProcesses();
    const other = new WatchedProcesses();
    const start = (owner: WatchedProcesses, file: string) =>
      owner.run({
        ...{ program: "sh", words: ["-c", 'echo $$ >"$0"; exec sleep 300', file], directory: "/" },
        ...{ variables: {}, readsInput: false },
      });
    const [file, otherFile] = [join(temporaryDirectory(), "a"), join(temporaryDirectory(), "b")];
    const runs = [start(processes, file), start(other, otherFile)];
    await until(() =>
      [file, otherFile].every((name) => existsSync(name) && readFileSync(name, "utf8") !== ""),
    );
    const failures = runs.map((run) => run.then(() => "none", String));
    await processes.end();
    expect(isRunning(Number(readFileSync(file, "utf8")))).toBe(false);
    expect(isRunning(Number(readFileSync(otherFile, "utf8")))).toBe(true);
    await other.end();
    expect(await Promise.all(failures)).toEqual(["Error: ended", "Error: ended"]);
    await expect(start(processes, file)).rejects.toThrow("ended");
  });
});

it("what a helper has left running lives on when all is done", async () => {
  const file = join(temporaryDirectory(), "pid");
  const processes = new WatchedProcesses();
  const words = ["-c", 'sleep 300 & echo $! >"$0"; echo out', file];
  const result = await processes.run({
    ...{ program: "sh", words, directory: "/", variables: {}, readsInput: false },
  });
  expect(result).toEqual({ isSuccess: true, isMissing: false, stdout: "out\n", stderr: "" });
  await processes.release();
  const pid = Number(readFileSync(file, "utf8"));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
});

it("says that a program is missing", async () => {
  const processes = new WatchedProcesses();
  const command = {
    program: "cnb-dockerfile-none",
    words: [],
    directory: "/",
    variables: {},
    readsInput: false,
  };
  expect(await processes.run(command)).toMatchObject({ isSuccess: false, isMissing: true });
  await processes.release();
});
