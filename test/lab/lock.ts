import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { say } from "./progress.ts";

/**
 * Runs `work` while no other process holds the lock of this file.
 * The holder is flock(1) around a `cat` that reads our pipe: however we end, SIGKILL too, the pipe closes and the
 * lock is free. One that must wait says so.
 */
export async function withLock<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const release = (await take(file, ["--nonblock"])) ?? (await wait(file, what));
  try {
    return await work();
  } finally {
    await release();
  }
}

async function wait(file: string, what: string): Promise<() => Promise<void>> {
  say(`waiting for another process that ${what} (${file})`);
  const release = await take(file, []);
  if (release === undefined) throw new Error(`flock could not lock ${file}`);
  return release;
}

/** Takes the lock; undefined when flock ended without it. Out: the function that gives it back. */
async function take(file: string, flags: readonly string[]): Promise<(() => Promise<void>) | undefined> {
  const holder = execa("flock", [...flags, file, "sh", "-c", "echo held; exec cat"], {
    stdin: "pipe",
    buffer: false,
    reject: false,
    // Ctrl-C reaches the whole foreground group; the lock must stay until our own clean-up is over.
    detached: true,
  });
  const held = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once("data", () => resolve(true))),
    holder.then(() => false),
  ]);
  if (!held) return undefined;
  return async () => {
    holder.stdin.end();
    await holder;
  };
}
