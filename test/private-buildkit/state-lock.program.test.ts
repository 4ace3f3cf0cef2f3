import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { lockState, type StateLock } from "../../src/private-buildkit/state-lock.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { faultsOfAsync } from "../helpers/errors.ts";

let directory: string;
let lines: string[];
const locks: StateLock[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
  lines = [];
});
afterEach(() => {
  for (const lock of locks.splice(0)) lock.release();
  vi.unstubAllEnvs();
});

async function lock(signal?: AbortSignal): Promise<StateLock> {
  const taken = await lockState({
    ...{ directory, say: (line) => lines.push(line) },
    ...(signal === undefined ? {} : { signal }),
  });
  const own = { ...taken, release: () => void locks.splice(locks.indexOf(own), 1).map(taken.release) };
  locks.push(own);
  return own;
}

it("is taken without a word where nobody has it", async () => {
  (await lock()).release();
  await lock();
  expect(lines).toEqual([]);
});

it("is waited for, and says who has it", async () => {
  const first = await lock();
  const second = lock();
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toBe(
    `Waiting for the build with process ID ${process.pid}, which uses the same BuildKit (${directory})`,
  );
  first.release();
  await second;
});

it("is not free before the last process that has the file has ended", async () => {
  const first = await lock();
  const heir = spawn("cat", { stdio: ["pipe", "ignore", "ignore", first.fd] });
  first.release();
  let isTaken = false;
  const second = lock().then(() => {
    isTaken = true;
  });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(isTaken).toBe(false);
  heir.stdin?.end();
  await once(heir, "exit");
  await second;
});

it("is no longer waited for when that is told", async () => {
  await lock();
  const controller = new AbortController();
  const waiting = lock(controller.signal);
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

it("wants flock(1), and says so", async () => {
  vi.stubEnv("PATH", temporaryDirectory());
  const { faults } = await faultsOfAsync(lock());
  expect(faults).toMatchObject([{ code: "engines/no-program" }]);
  expect(faults[0]?.message).toBe("The program flock is not on the PATH.");
});
