import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { execa } from "execa";
import { endDaemon, findDaemon, startDaemon } from "./daemon.ts";
import { inState, socketDirectory } from "./paths.ts";
import { labEnvironment } from "./programs.ts";

/**
 * Where a docker daemon keeps its images: in containerd, as a new installation does, or in the store that it had before,
 * in which BuildKit cannot lay file systems over each other.
 */
export const imageStores = ["containerd", "classic"] as const;
export type ImageStore = (typeof imageStores)[number];

/** Where the containerd of this checkout's docker daemons listens. */
export const containerdSocket = join(socketDirectory, "containerd.sock");

/** Where this checkout's docker daemon with that store listens. */
export function dockerHost(store: ImageStore): string {
  return `unix://${socket(store)}`;
}

/**
 * pack takes what it does not know for an image or for a buildpack of the public registry: asked for through a proxy
 * that is not there, it is refused at once, on any machine. Clients ask the loopback directly.
 */
export const loopbackOnly = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" } as const;

/**
 * Starts a dockerd, and the containerd that all of this checkout share; they end with this process. It touches no
 * firewall and makes no bridge, so containers and build steps have to ask for the host's network.
 */
export async function startDockerd(
  programs: { readonly containerd: string; readonly dockerd: string },
  store: ImageStore,
): Promise<void> {
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 });
  if (findDaemon("containerd") === undefined) await startContainerd(programs.containerd);
  const name = daemonName(store);
  const config = inState(`${name}.json`);
  // A file of our own, or it reads the machine's. Debian's runc knows no time namespaces.
  const features = { "containerd-snapshotter": store === "containerd", "time-namespaces": false };
  // It collects no garbage by itself, as little as the lab's BuildKit: what a test asks for twice is not to go in between.
  writeFileSync(config, JSON.stringify({ features, builder: { gc: { enabled: false } } }));
  await startDaemon({
    name,
    program: programs.dockerd,
    arguments: [
      ...["--config-file", config, "--host", dockerHost(store), "--containerd", containerdSocket],
      ...["--containerd-namespace", name, "--containerd-plugins-namespace", `${name}-plugins`],
      ...["--data-root", dataDirectory(store), "--exec-root", executionDirectory(store)],
      ...["--pidfile", join(socketDirectory, `${name}.pid`), "--userland-proxy=false"],
      ...["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"],
    ],
    env: loopbackOnly,
    tied: true,
    isReady: () => answersPing(store),
  });
}

/** Ends it, if it runs, and containerd with the last of them. dockerd leaves a mount for the host's network. */
export async function endDockerd(store: ImageStore): Promise<void> {
  await endDaemon(daemonName(store));
  const mount = join(executionDirectory(store), "netns/default");
  await execa("umount", ["--lazy", mount], { reject: false });
  if (imageStores.every((each) => findDaemon(daemonName(each)) === undefined)) await endDaemon("containerd");
}

/** Whether it runs and answers on its socket. */
export async function answersDocker(store: ImageStore): Promise<boolean> {
  return findDaemon(daemonName(store)) !== undefined && (await answersPing(store));
}

/** One call of the daemon's API. Out: the body of its answer. Throws with it when the call is refused. */
export function callDocker(
  store: ImageStore,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const isStream = body instanceof Readable;
    const headers = { "content-type": isStream ? "application/x-tar" : "application/json" };
    const call = request({ socketPath: socket(store), method, path, headers, timeout: 60_000 }, (answer) => {
      const { statusCode = 0 } = answer;
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.once("error", reject);
      answer.once("end", () => {
        if (statusCode < 400) resolve(text);
        else reject(new Error(`dockerd answered ${method} ${path} with ${statusCode}: ${text}`));
      });
    });
    call.once("timeout", () => call.destroy(new Error(`dockerd does not answer ${method} ${path}`)));
    call.once("error", reject);
    if (isStream) body.pipe(call);
    else call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Where a daemon keeps volumes, layers and the like. */
export function dataDirectory(store: ImageStore): string {
  return inState(daemonName(store));
}

async function startContainerd(program: string): Promise<void> {
  // One that was killed leaves its socket.
  rmSync(containerdSocket, { force: true });
  await startDaemon({
    name: "containerd",
    program,
    arguments: ["--config", containerdConfig()],
    // It looks for its shim there.
    env: labEnvironment(),
    tied: true,
    isReady: async () => existsSync(containerdSocket),
  });
}

function daemonName<Store extends ImageStore>(store: Store): `dockerd-${Store}` {
  return `dockerd-${store}`;
}

function socket(store: ImageStore): string {
  return join(socketDirectory, `${daemonName(store)}.sock`);
}

function executionDirectory(store: ImageStore): string {
  return join(socketDirectory, daemonName(store));
}

function answersPing(store: ImageStore): Promise<boolean> {
  return callDocker(store, "GET", "/_ping").then(
    () => true,
    () => false,
  );
}

function containerdConfig(): string {
  const file = inState("containerd.toml");
  writeFileSync(
    file,
    `version = 3
root = "${inState("containerd")}"
state = "${join(socketDirectory, "containerd")}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]

[grpc]
  address = "${containerdSocket}"

[ttrpc]
  address = "${containerdSocket}.ttrpc"

[plugins."io.containerd.internal.v1.opt"]
  path = "${inState("containerd/opt")}"
`,
  );
  return file;
}
