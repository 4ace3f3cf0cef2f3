import { existsSync, readFileSync } from "node:fs";
import { execa } from "execa";
import { say } from "./progress.ts";

const binfmt = "/proc/sys/fs/binfmt_misc";

/**
 * Lets the kernel run arm64 programs by qemu, in containers too (flag F). Must come before buildkitd, which looks
 * once. This is the machine's state, shared by all labs: it is never taken back.
 */
export async function enableEmulation(): Promise<void> {
  if (!existsSync(`${binfmt}/register`)) await execa("mount", ["-t", "binfmt_misc", "binfmt_misc", binfmt]);
  if (isEnabled()) return;
  say("enabling arm64 emulation (binfmt_misc)");
  await execa("update-binfmts", ["--enable", "qemu-aarch64"]);
  if (!isEnabled()) throw new Error(`${binfmt}/qemu-aarch64 is not there, or has no flag F`);
}

function isEnabled(): boolean {
  const entry = `${binfmt}/qemu-aarch64`;
  if (!existsSync(entry)) return false;
  const lines = readFileSync(entry, "utf8").split("\n");
  return lines[0] === "enabled" && lines.some((line) => /^flags: .*F/.test(line));
}
