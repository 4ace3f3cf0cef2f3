import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach } from "vitest";
import { temporaryDirectory } from "./directory.ts";

const mounts: string[] = [];
afterEach(async () => {
  for (const mount of mounts.splice(0)) await execa("umount", [mount]);
});

/** A small file system in memory, gone after the test. In: what mount(8) is told of it, which root alone can tell it. */
export async function smallDisk(options: string): Promise<string> {
  const directory = join(temporaryDirectory(), "disk");
  mkdirSync(directory);
  await execa("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory]);
  mounts.push(directory);
  return directory;
}
