import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Whom a container's process runs as. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Absolute; `/` when /etc/passwd does not know the user. */
  readonly home: string;
}

/**
 * Resolves `User` of an image config: empty, `1001`, `1001:1000`, `cnb`, `cnb:cnb`, in any mixture.
 * Names are looked up in the image's own /etc/passwd and /etc/group. Throws when a name is unknown there.
 */
export function imageUser(rootfs: string, user: string): ContainerUser {
  const [name = "", group] = (user || "0").split(":");
  const entries = lines(join(rootfs, "etc/passwd"));
  const known = entries.find((fields) => fields[0] === name) ?? entries.find((fields) => fields[2] === name);
  const uid = known?.[2] ?? name;
  const gid = group === undefined ? (known?.[3] ?? "0") : groupId(rootfs, group);
  if (!/^\d+$/.test(uid)) throw new Error(`the image has no user ${name}`);
  return { uid: Number(uid), gid: Number(gid), home: known?.[5] || "/" };
}

function groupId(rootfs: string, group: string): string {
  if (/^\d+$/.test(group)) return group;
  const gid = lines(join(rootfs, "etc/group")).find((fields) => fields[0] === group)?.[2];
  if (gid === undefined) throw new Error(`the image has no group ${group}`);
  return gid;
}

function lines(path: string): readonly (readonly string[])[] {
  return existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.split(":"))
    : [];
}
