import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { inState, socketDirectory } from "./paths.ts";
import { labEnvironment } from "./programs.ts";

const socket = join(socketDirectory, "dockerd.sock");
const containerdSocket = join(socketDirectory, "containerd.sock");

/** Where this checkout's docker daemon listens. */
export const dockerHost = `unix://${socket}`;

/**
 * pack takes what it does not know for an image or for a buildpack of the public registry: asked for through a proxy
 * that is not there, it is refused at once, on any machine. Clients ask the loopback directly.
 */
export const loopbackOnly = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" } as const;

/** Starts dockerd and a containerd of its own, which end with this process. It touches no firewall and makes no bridge. */
export async function startDockerd(programs: {
  readonly containerd: string;
  readonly dockerd: string;
}): Promise<void> {
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 });
  // One that was killed leaves its socket.
  rmSync(containerdSocket, { force: true });
  await startDaemon({
    name: "containerd",
    program: programs.containerd,
    arguments: ["--config", containerdConfig()],
    // It looks for its shim there.
    env: labEnvironment(),
    tied: true,
    isReady: async () => existsSync(containerdSocket),
  });
  const config = inState("dockerd.json");
  // Without a file of our own it reads the machine's, and writes a key under /etc.
  writeFileSync(config, JSON.stringify({ "deprecated-key-path": inState("dockerd/key.json") }));
  await startDaemon({
    name: "dockerd",
    program: programs.dockerd,
    arguments: [
      ...["--config-file", config, "--host", dockerHost, "--containerd", containerdSocket],
      ...["--data-root", inState("dockerd"), "--exec-root", join(socketDirectory, "dockerd")],
      ...["--pidfile", join(socketDirectory, "dockerd.pid"), "--storage-driver=overlay2"],
      ...["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"],
    ],
    env: loopbackOnly,
    tied: true,
    isReady: answersPing,
  });
}

/** Whether dockerd answers on its socket. */
export function answersPing(): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath: socket, path: "/_ping", timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once("timeout", () => ping.destroy());
    ping.once("error", () => resolve(false));
    ping.end();
  });
}

function containerdConfig(): string {
  const file = inState("containerd.toml");
  writeFileSync(
    file,
    `version = 2
root = "${inState("containerd")}"
state = "${join(socketDirectory, "containerd")}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = "${containerdSocket}"

[ttrpc]
  address = "${containerdSocket}.ttrpc"
`,
  );
  return file;
}
