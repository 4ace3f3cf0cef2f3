import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { WatchedProcesses } from "../../../../src/build/source/processes/watched-processes.ts";
import { temporaryDirectory } from "../../../helpers/directory.ts";

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
    const processes = new WatchedProcesses(process.env);
    const other = new WatchedProcesses(process.env);
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
  const processes = new WatchedProcesses(process.env);
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
  const processes = new WatchedProcesses(process.env);
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

describe("a program that prints more than can be meant ends, with all that its owner has started", () => {
  const command = { program: "sh", directory: "/", variables: {}, readsInput: false };

  it.each([
    ["on standard output", "yes", "it prints more than 16 MiB"],
    ["on standard error", "yes >&2", "it prints more than 16 MiB of messages"],
  ])("%s", async (_, script, reason) => {
    const file = join(temporaryDirectory(), "pid");
    const processes = new WatchedProcesses(process.env);
    const words = ["-c", `sleep 300 & echo $! >"$0"; ${script}`, file];
    await expect(processes.run({ ...command, words })).rejects.toThrow(reason);
    expect(isRunning(Number(readFileSync(file, "utf8")))).toBe(false);
  });

  it("but not where it is taken as it comes, for as long as it is wanted", async () => {
    const processes = new WatchedProcesses(process.env);
    let takenBytes = 0;
    const result = await processes.run({
      ...{ ...command, words: ["-c", "head -c 20000000 /dev/zero"] },
      onOutput: (piece) => (takenBytes += piece.length),
    });
    expect({ takenBytes, ...result }).toMatchObject({ takenBytes: 20_000_000, isSuccess: true, stdout: "" });
    const unwanted = processes.run({
      ...{ ...command, words: ["-c", "yes"] },
      onOutput: () => {
        throw new Error("no more");
      },
    });
    await expect(unwanted).rejects.toThrow("no more");
  });
});

it("hands a program a text", async () => {
  const processes = new WatchedProcesses(process.env);
  const command = { program: "cat", words: [], directory: "/", variables: {}, readsInput: "a\nb" };
  expect(await processes.run(command)).toMatchObject({ isSuccess: true, stdout: "a\nb" });
  await processes.release();
});

describe("a program with a limit of its memory", () => {
  const command = { directory: "/", variables: {}, readsInput: false, memoryBytes: 64 * 2 ** 20 };

  it("has no more than that", async () => {
    const processes = new WatchedProcesses(process.env);
    // tail keeps what has no line's end.
    const script = (bytes: number) => ["-c", `head -c ${bytes} /dev/zero | tail -n 1 | wc -c`];
    const small = await processes.run({ ...command, program: "sh", words: script(1e6) });
    expect(small).toMatchObject({ stdout: expect.stringContaining("1000000"), stderr: "" });
    // Only Linux counts what a program maps.
    if (process.platform === "linux") {
      const large = await processes.run({ ...command, program: "sh", words: script(3e8) });
      expect(large.stderr).toMatch(/memory exhausted|[Cc]annot allocate/);
    }
    await processes.release();
  });

  it("gets its words as they are, and is missed where it is not there", async () => {
    const processes = new WatchedProcesses(process.env);
    const words = ["%s|", "a b", "$HOME", "", "-c"];
    const result = await processes.run({ ...command, program: "printf", words });
    expect(result).toMatchObject({ isSuccess: true, stdout: "a b|$HOME||-c|" });
    const missing = await processes.run({ ...command, program: "cnb-dockerfile-none", words });
    expect(missing).toMatchObject({ isSuccess: false, isMissing: true });
    await processes.release();
  });
});
