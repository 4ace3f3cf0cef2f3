import type { ContainerUser } from "./image-user.ts";

/** A directory of this machine in a container. */
export interface DirectoryMount {
  /** Absolute. */
  readonly source: string;
  /** Absolute, in the container. */
  readonly target: string;
  readonly isReadOnly?: boolean;
}

/** What docker lets its containers do: `plain` or, each by its `--security-opt`, everything. */
export interface Security {
  /** Whether system calls that make namespaces are filtered, as docker's own profile does. Default: no filter. */
  readonly isFiltered?: boolean;
  /** Whether all of /proc can be seen: `systempaths=unconfined`. */
  readonly showsProc?: boolean;
  /** `no-new-privileges`. */
  readonly keepsPrivileges?: boolean;
}

/** `config` of an OCI image config: what a container of it starts with. */
export interface ImageRuntime {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly User?: string;
}

export interface BundleOptions {
  readonly id: string;
  /** Absolute. */
  readonly rootfs: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user: ContainerUser;
  readonly mounts: readonly DirectoryMount[];
  readonly security: Security;
}

/** What docker gives a container's root; a process of another user loses them when it starts. */
const capabilities = [
  ...[
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
  ],
  ...["NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
].map((name) => `CAP_${name}`);

/** The runtime's config.json: namespaces of its own but for the network, which is the host's. */
export function bundleConfig(options: BundleOptions): object {
  const { id, rootfs, words, environment, workingDirectory, user, mounts, security } = options;
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: user.uid, gid: user.gid },
      args: words,
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      cwd: workingDirectory,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: security.keepsPrivileges ?? false,
    },
    root: { path: rootfs, readonly: false },
    hostname: "lab",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
      mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
      {
        destination: "/sys",
        type: "none",
        source: "/sys",
        options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
      },
      ...["/etc/resolv.conf", "/etc/hosts"].map((path) => {
        return { destination: path, type: "none", source: path, options: ["rbind", "ro"] };
      }),
      ...mounts.map(({ source, target, isReadOnly }) => {
        const options = ["rbind", isReadOnly === true ? "ro" : "rw"];
        return { destination: target, type: "none", source, options };
      }),
    ],
    linux: {
      cgroupsPath: `/${id}`,
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      ...(security.showsProc === true ? {} : hiddenProc),
      ...(security.isFiltered === true ? { seccomp: namespaceFilter } : {}),
    },
  };
}

const hiddenProc = {
  maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/sysrq-trigger"],
  readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
};

/** What docker's profile refuses to a container without CAP_SYS_ADMIN. Source: moby, profiles/seccomp/default.json. */
const namespaceFilter = {
  defaultAction: "SCMP_ACT_ALLOW",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [
    { names: ["mount", "pivot_root", "setns", "umount2", "unshare"], action: "SCMP_ACT_ERRNO" },
    {
      names: ["clone"],
      action: "SCMP_ACT_ERRNO",
      // CLONE_NEWUSER
      args: [{ index: 0, value: 0x10000000, valueTwo: 0x10000000, op: "SCMP_CMP_MASKED_EQ" }],
    },
  ],
};

function mount(destination: string, type: string, options: readonly string[]): object {
  return { destination, type, source: type, options };
}

/** The words to start: as docker does it, a given entrypoint also puts the image's Cmd away. */
export function startWords(
  runtime: ImageRuntime,
  entrypoint: string | undefined,
  words: readonly string[] | undefined,
): readonly string[] {
  if (entrypoint !== undefined) return [entrypoint, ...(words ?? [])];
  return [...(runtime.Entrypoint ?? []), ...(words ?? runtime.Cmd ?? [])];
}
