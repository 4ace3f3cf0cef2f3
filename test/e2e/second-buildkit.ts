import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { inState } from "../lab/paths.ts";
import { until } from "../lab/process.ts";
import { olderBuildkits } from "../lab/tool-list.ts";
import { makeTools } from "../lab/tools.ts";

/** A BuildKit beside the lab's own, without any cache. */
export interface SecondBuildkit {
  /** `unix://…`. */
  readonly address: string;
  readonly pid: number;
  /** For buildx, over the lab's: which BuildKit to build in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export interface SecondBuildkitOptions {
  /** Of the instance, as buildx is to call it. */
  readonly name: string;
  /** Absent: overlayfs. */
  readonly snapshotter?: "overlayfs" | "native";
  /** Absent: its own worker. */
  readonly containerd?: { readonly socket: string; readonly namespace: string };
  /** What it listens on beside its socket, and the directory of its certificate, key and clients' CA. */
  readonly tls?: { readonly address: string; readonly directory: string };
  /** Absent: of the lab's own version. */
  readonly program?: (typeof olderBuildkits)[number]["name"];
  /** More lines of its configuration. Absent: those by which it asks the lab's registry without TLS. */
  readonly configuration?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: this machine's network. */
  readonly network?: "loopback of its own";
}

/** Runs a command where there is no network but a loopback. */
const alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];

/** Starts one; it ends with this process, also when that is interrupted. */
export async function startSecondBuildkit(lab: Lab, options: SecondBuildkitOptions): Promise<SecondBuildkit> {
  const { name, snapshotter = "overlayfs", containerd, tls, program, network, env = {} } = options;
  const { configuration = `[registry."${lab.registry}"]\n  http = true\n` } = options;
  await makeTools(olderBuildkits.filter((tool) => tool.name === program));
  mkdirSync(inState("work"), { recursive: true });
  // Under the lab's state: mounts that a kill leaves there are swept by the next start.
  const data = mkdtempSync(inState("work", `${name}-`));
  const directory = mkdtempSync(join(tmpdir(), `cnb-dockerfile-${name}-`));
  const address = `unix://${join(directory, "buildkitd.sock")}`;
  const config = join(directory, "buildkitd.toml");
  writeFileSync(
    config,
    `root = "${data}"

[grpc]
  address = [${[address, ...(tls === undefined ? [] : [tls.address])].map((one) => `"${one}"`).join(", ")}]
${tls === undefined ? "" : tlsLines(tls.directory)}
# BuildKit's own place for it is one for all that run on a machine.
[otel]
  socketPath = "${join(directory, "otel.sock")}"

[worker.oci]
  enabled = ${containerd === undefined}
  snapshotter = "${snapshotter}"
  networkMode = "host"
  # Or a disk that is rather full has it forget what a test just built.
  gc = false

[worker.containerd]
  enabled = ${containerd !== undefined}
${containerd === undefined ? "" : containerdLines(containerd)}
${configuration}`,
  );
  const command = [lab.tools[program ?? "buildkitd"], "--config", config];
  const [file = "", ...words] = network === undefined ? command : [...alone, ...command];
  const daemon = execa(file, words, {
    env,
    reject: false,
    all: true,
  });
  const close = async () => {
    daemon.kill();
    await daemon;
    for (const place of [data, directory]) rmSync(place, { recursive: true, force: true });
  };
  const answers = async () =>
    (await execa(lab.tools.buildctl, ["--addr", address, "debug", "workers"], { reject: false })).exitCode ===
    0;
  if (!(await until(answers, 60_000))) {
    await close();
    throw new Error(`buildkitd does not answer: ${(await daemon).all}`);
  }
  const environment = { BUILDX_CONFIG: join(directory, "buildx"), BUILDX_BUILDER: name };
  await lab.buildx(["create", "--name", name, "--driver", "remote", address], { env: environment });
  return { address, pid: daemon.pid ?? 0, environment, close };
}

function tlsLines(directory: string): string {
  return `
[grpc.tls]
  cert = "${join(directory, "cert.pem")}"
  key = "${join(directory, "key.pem")}"
  ca = "${join(directory, "ca.pem")}"
`;
}

function containerdLines({
  socket,
  namespace,
}: {
  readonly socket: string;
  readonly namespace: string;
}): string {
  return `  address = "${socket}"
  namespace = "${namespace}"
  snapshotter = "overlayfs"
  networkMode = "host"
  gc = false
`;
}
