import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { readJson } from "../../lab/json-file.ts";

interface Bundle {
  readonly process: object;
  readonly mounts: readonly { readonly destination: string }[];
  readonly linux: { readonly namespaces: readonly { readonly type: string }[] };
}

/** As docker gives them to a container that nothing else was asked for. Source: its documentation, "Runtime privilege". */
const capabilities = [
  ...[
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
  ],
  ...["CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID"],
  "CAP_SYS_CHROOT",
];
/** linux/sched.h. */
const cloneNewUser = 0x10000000;
const [notPermitted, notImplemented] = [1, 38];

/**
 * A bundle of runc that runs a command as a plain `docker run` would have it: without CAP_SYS_ADMIN, and with a filter
 * that forbids namespaces. It sees this machine's programs and settings, and `place`.
 */
export async function writeFilteredBundle(
  place: string,
  uid: number,
  words: readonly string[],
): Promise<string> {
  const bundle = join(place, `filtered-${uid}`);
  mkdirSync(join(bundle, "rootfs"), { recursive: true });
  for (const name of ["bin", "lib", "lib64", "sbin"])
    symlinkSync(`usr/${name}`, join(bundle, "rootfs", name));
  await execa("runc", ["spec", "--bundle", bundle]);
  const file = join(bundle, "config.json");
  const usual = readJson<Bundle>(file);
  if (usual === undefined) throw new Error("runc wrote no config.json");
  const own = {
    bounding: capabilities,
    ...(uid === 0 ? { effective: capabilities, permitted: capabilities } : {}),
  };
  const forbid = (names: readonly string[], errnoRet: number, more = {}) => ({
    ...{ names, action: "SCMP_ACT_ERRNO", errnoRet },
    ...more,
  });
  const newUser = { index: 0, value: cloneNewUser, valueTwo: cloneNewUser, op: "SCMP_CMP_MASKED_EQ" };
  const config = {
    ...usual,
    process: {
      ...usual.process,
      ...{ terminal: false, args: words, cwd: "/", user: { uid, gid: uid }, noNewPrivileges: false },
      capabilities: own,
    },
    root: { path: "rootfs" },
    mounts: [
      ...usual.mounts.filter(({ destination }) => !destination.startsWith("/sys")),
      { destination: "/tmp", source: "tmpfs", type: "tmpfs", options: ["mode=1777"] },
      ...["/usr", "/etc", place].map((path) => ({
        ...{ destination: path, source: path, type: "bind", options: ["rbind"] },
      })),
    ],
    linux: {
      ...usual.linux,
      namespaces: usual.linux.namespaces.filter(({ type }) => type !== "network"),
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [
          forbid(["unshare", "mount", "setns"], notPermitted),
          // Programs then take clone, whose flags can be looked at.
          forbid(["clone3"], notImplemented),
          forbid(["clone"], notPermitted, { args: [newUser] }),
        ],
      },
    },
  };
  writeFileSync(file, JSON.stringify(config));
  return bundle;
}
