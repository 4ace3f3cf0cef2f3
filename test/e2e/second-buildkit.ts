import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { makeOwnProgram } from "../lab/own-program.ts";
import { inState } from "../lab/paths.ts";
import { until } from "../lab/process.ts";
import { olderBuildkits } from "../lab/tool-list.ts";
import { makeTools } from "../lab/tools.ts";

/** A BuildKit beside the lab's own, without any cache. */
export interface SecondBuildkit {
  /** `unix://…`. */
  readonly address: string;
  readonly pid: number;
  /** Absolute: its root. */
  readonly data: string;
  /** Over the lab's, for buildx and for our program: which BuildKit to build in. */
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
  /** Absent: arm64 by the machine's binfmt_misc. */
  readonly emulation?: "its own";
}

/** Runs a command where there is no network but a loopback. */
const alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];

/** What the kernel is to know an arm64 program by. Source: Debian's qemu-user-static, `/usr/share/binfmts/qemu-aarch64`. */
const arm64Program = {
  magic: String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`,
  mask: String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
};

/**
 * Runs a command without the machine's binfmt_misc, as BuildKit runs where nothing is registered. The emulators in moby's images
 * also run what an emulated program starts; Debian's do not, so for these the kernel finds the emulator where BuildKit
 * mounts it in each step of another platform. BuildKit itself, in whose root it is not, finds that arm64 does not run.
 *
 * A user namespace has a binfmt_misc of its own. It is made by a process that waits, for a program that is started before its
 * user has a number there loses its rights.
 */
const withoutRegistered = [
  "sh",
  "-c",
  `unshare --user sleep 60 & keeper=$!
   until echo 0 0 65536 > /proc/$keeper/uid_map; do sleep 0.05; done 2> /dev/null
   echo 0 0 65536 > /proc/$keeper/gid_map
   exec nsenter --user --target $keeper unshare --mount sh -c '
     set -e
     kill "$1"
     shift
     mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
     printf %s "$1" > /proc/sys/fs/binfmt_misc/register
     shift
     exec "$@"
   ' sh $keeper "$@"`,
  "sh",
  `:arm64:M::${arm64Program.magic}:${arm64Program.mask}:/dev/.buildkit_qemu_emulator:`,
];

/** A directory for PATH with the emulator under BuildKit's name for it. */
async function emulatorIn(directory: string): Promise<string> {
  const programs = join(directory, "programs");
  mkdirSync(programs);
  const start = readFileSync(await makeOwnProgram("emulator", "the emulator that looks programs up"));
  const qemu = readFileSync("/usr/bin/qemu-aarch64-static");
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(qemu.length));
  writeFileSync(join(programs, "buildkit-qemu-aarch64"), Buffer.concat([start, qemu, length]), {
    mode: 0o755,
  });
  return programs;
}

/** Starts one; it ends with this process, also when that is interrupted. */
export async function startSecondBuildkit(lab: Lab, options: SecondBuildkitOptions): Promise<SecondBuildkit> {
  const { name, snapshotter = "overlayfs", containerd, tls, program, network, env = {}, emulation } = options;
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
  const buildkitd = [lab.tools[program ?? "buildkitd"], "--config", config];
  // Root of its own user namespace is not the machine's: what such a one may not do, it leaves, as rootless ones do.
  const command = emulation === undefined ? buildkitd : [...withoutRegistered, ...buildkitd, "--rootless"];
  const [file = "", ...words] = network === undefined ? command : [...alone, ...command];
  const daemon = execa(file, words, {
    env:
      emulation === undefined ? env : { ...env, PATH: `${await emulatorIn(directory)}:${process.env.PATH}` },
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
  // Our program asks the one that a variable names first, and the lab's environment names the lab's own.
  const whole = { ...environment, BUILDKIT_HOST: address };
  return { address, pid: daemon.pid ?? 0, data, environment: whole, close };
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
