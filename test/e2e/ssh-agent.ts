import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { until } from "../lab/process.ts";

/** A real ssh agent with a key of its own, which lies nowhere else. */
export interface SshAgent {
  readonly socket: string;
  /** In OpenSSH's form. */
  readonly publicKey: string;
  close(): void;
}

export async function startSshAgent(): Promise<SshAgent> {
  const place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-agent-"));
  const key = join(place, "key");
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const socket = join(place, "agent.sock");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  const close = () => {
    agent.kill();
    rmSync(place, { recursive: true, force: true });
  };
  const add = () => execa("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket }, reject: false });
  if (!(await until(async () => (await add()).exitCode === 0, 10_000))) {
    close();
    throw new Error("ssh-agent does not answer");
  }
  const { stdout: publicKey } = await execa("cat", [`${key}.pub`]);
  rmSync(key);
  return { socket, publicKey, close };
}
