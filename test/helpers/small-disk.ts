import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterTest } from "./after-test.ts";
import { temporaryDirectory } from "./directory.ts";

/** A small file system in memory, gone after the test. In: what mount(8) is told of it, which root alone can tell it. */
export async function smallDisk(options: string): Promise<string> {
  const directory = join(temporaryDirectory(), "disk");
  mkdirSync(directory);
  await execa("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory]);
  afterTest(() => execa("umount", [directory]));
  return directory;
}
