import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { findProgram, pathDirectories } from "./programs/find-program.ts";

/** What this process may do: make namespaces by itself, or only below a user namespace. */
export type Rights = "root" | "rootless";

/** Bit of CAP_SYS_ADMIN in a set of capabilities. Source: capabilities(7), linux/capability.h. */
const sysAdmin = 1n << 21n;

/** What the machine says about user namespaces; absent: it has no such setting. */
export interface NamespaceFacts {
  readonly user: string;
  readonly isRoot: boolean;
  /** Whether a container or a service manager filters our system calls. */
  readonly isFiltered: boolean;
  /** Whether setuid programs are without effect, for good. */
  readonly hasNoNewPrivileges: boolean;
  /** By name: `user.max_user_namespaces`. */
  readonly settings: ReadonlyMap<string, string>;
  /** Those of newuidmap and newgidmap that are not on the PATH. */
  readonly missingPrograms: readonly string[];
  /** Those of /etc/subuid and /etc/subgid that have no ids for the user. */
  readonly filesWithoutIds: readonly string[];
}

/** Settings that can forbid user namespaces, and the values that do. */
const forbidding: readonly (readonly [setting: string, forbids: string, allows: string])[] = [
  ["user.max_user_namespaces", "0", "28633"],
  // Debian's and Ubuntu's own.
  ["kernel.unprivileged_userns_clone", "0", "1"],
];
const apparmorSetting = "kernel.apparmor_restrict_unprivileged_userns";

export function ownRights(): Rights {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText("/proc/self/status") ?? "")?.[1] ?? "0";
  const maySetUp = (BigInt(`0x${effective}`) & sysAdmin) !== 0n;
  return process.getuid?.() === 0 && maySetUp ? "root" : "rootless";
}

export async function readNamespaceFacts(): Promise<NamespaceFacts> {
  const names = [...forbidding.map(([name]) => name), apparmorSetting];
  const user = userName();
  const status = readText("/proc/self/status") ?? "";
  return {
    user,
    isRoot: process.getuid?.() === 0,
    isFiltered: /^Seccomp:\s*2$/m.test(status),
    hasNoNewPrivileges: /^NoNewPrivs:\s*1$/m.test(status),
    settings: new Map(
      names.flatMap((name) => {
        const value = readText(join("/proc/sys", name.replaceAll(".", "/")));
        return value === undefined ? [] : [[name, value.trim()] as const];
      }),
    ),
    missingPrograms: ["newuidmap", "newgidmap"].filter(
      (name) => findProgram([name], pathDirectories()) === undefined,
    ),
    filesWithoutIds: (await hasForeignIds(user))
      ? []
      : ["/etc/subuid", "/etc/subgid"].filter((file) => !hasIds(readText(file) ?? "", user)),
  };
}

/** What keeps a user from making namespaces, as far as that can be known before it is tried. */
export function missingRights(facts: NamespaceFacts): Diagnostic[] {
  const { user, settings, missingPrograms, filesWithoutIds, isRoot } = facts;
  const missing = [
    // Root needs no setuid to map ids.
    ...(facts.hasNoNewPrivileges && !isRoot ? [diagnose("engines/no-new-privileges", {})] : []),
    ...(missingPrograms.length === 0
      ? []
      : [diagnose("engines/no-uidmap", { programs: missingPrograms.join(" and ") })]),
    ...filesWithoutIds.map((file) => diagnose("engines/no-sub-ids", { user, file }, { file })),
    ...forbidding.flatMap(([setting, forbids, allows]) =>
      settings.get(setting) === forbids
        ? [diagnose("engines/no-user-namespaces", { setting, value: forbids, allows })]
        : [],
    ),
  ];
  if (!isRoot || missing.length === 0) return missing;
  // In a container its rights are the nearer way.
  return [
    diagnose("engines/namespaces-denied", { reason: "root has no CAP_SYS_ADMIN", isRoot: true }),
    ...missing,
  ];
}

/** What it was, now that it has failed. In: what the programs said. Undefined: it has nothing to do with namespaces. */
export function explainFailure(facts: NamespaceFacts, said: string): Diagnostic | undefined {
  const { settings, isFiltered, isRoot } = facts;
  const line = said.split("\n").find((one) => /operation not permitted|permission denied/i.test(one));
  if (line === undefined || !/unshare|rootlesskit|newuidmap|newgidmap|mount/.test(line)) return undefined;
  const reason = line.trim();
  if (/new[ug]idmap: write to [ug]id_map failed/.test(line))
    return diagnose("engines/uidmap-denied", { reason });
  if (settings.get(apparmorSetting) === "1") return diagnose("engines/apparmor", { reason });
  if (isFiltered) return diagnose("engines/filtered", { reason });
  return diagnose("engines/namespaces-denied", { reason, isRoot });
}

/** A directory that gives ids out instead of the files; only newer systems have the program that asks it. */
async function hasForeignIds(user: string): Promise<boolean> {
  if (!/^subid:/m.test(readText("/etc/nsswitch.conf") ?? "")) return false;
  const { exitCode } = await execa("getsubids", [user], { reject: false, stdin: "ignore" });
  return exitCode === 0;
}

/** Source: subuid(5): `NAME_OR_UID:FIRST:COUNT`. */
function hasIds(text: string, user: string): boolean {
  const names = [user, String(process.getuid?.())];
  return text.split("\n").some((line) => names.includes(line.split(":")[0] ?? ""));
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
