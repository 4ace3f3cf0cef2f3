import { readFileSync, type Stats } from "node:fs";
import { NotPrivate } from "./not-private.ts";

/** Bits of a mode. Source: POSIX, `<sys/stat.h>`. */
const [sticky, groupWrite, otherWrite] = [0o1000, 0o020, 0o002];

/** Whether users are told apart here at all: on Windows they are not, by Node. */
export function knowsUsers(): boolean {
  return process.getuid !== undefined;
}

/** What is kept in it has to be ours, and closed to others' changes. In: its path, for the message. Throws NotPrivate. */
export function requireOwn(path: string, stats: Stats): void {
  if (stats.uid !== process.getuid?.()) throw new NotPrivate(`${path} belongs to user ${stats.uid}`);
  requireClosed(path, stats);
}

/**
 * Whoever may change a directory may put something else in the place of what lies in it: it has to be root's or ours, and
 * closed to others, or sticky, as /tmp is. Throws NotPrivate.
 */
export function requireSafeParent(path: string, stats: Stats): void {
  if (!isTrusted(stats.uid)) throw new NotPrivate(`${path} belongs to user ${stats.uid}`);
  if ((stats.mode & sticky) === 0) requireClosed(path, stats);
}

/** A link leads where its owner wants. In: whether others may make links beside it. Throws NotPrivate. */
export function requireOwnLink(path: string, { uid }: Stats, isShared: boolean): void {
  if (isShared ? uid !== process.getuid?.() : !isTrusted(uid)) {
    throw new NotPrivate(`${path} is a symbolic link of user ${uid}`);
  }
}

/** Whether others may make files in a directory. */
export function isShared({ mode, gid }: Stats): boolean {
  return (mode & otherWrite) !== 0 || ((mode & groupWrite) !== 0 && !isHarmlessGroup(gid));
}

/** Throws NotPrivate where others may write it. */
export function requireClosed(path: string, stats: Stats): void {
  if (!knowsUsers() || !isShared(stats)) return;
  const who = (stats.mode & otherWrite) !== 0 ? "every user" : `group ${stats.gid}`;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
  throw new NotPrivate(`${path} can be written by ${who} (mode ${mode})`);
}

/**
 * Root could do anything in any case. In a user namespace, directories of users outside of it, root's among them, all
 * belong to one number: there, that number is root's.
 */
function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.() || uid === foreignUser();
}

/** Undefined: this process is in no user namespace of its own. Source: user_namespaces(7). */
function foreignUser(): number | undefined {
  try {
    const [first = "", ...more] = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n");
    const isWhole = more.length === 0 && /^\s*0\s+0\s+4294967295$/.test(first);
    return isWhole ? undefined : Number(readFileSync("/proc/sys/kernel/overflowuid", "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Root's group, and a group of which we are the only member: systems that give each user one let it write by default.
 * Source: passwd(5), group(5), pam_umask(8) "usergroups".
 */
function isHarmlessGroup(gid: number): boolean {
  if (gid === 0) return true;
  if (gid !== process.getgid?.()) return false;
  try {
    const lines = (file: string) =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.split(":"));
    const group = lines("/etc/group").filter(([, , number]) => number === String(gid));
    const users = lines("/etc/passwd").filter(([, , uid, own]) => own === String(gid) && uid !== "");
    const own = users.filter(([, , uid]) => uid === String(process.getuid?.()));
    const names = new Set(own.map(([name]) => name));
    const members = group.flatMap(([, , , list = ""]) => list.split(",")).filter((name) => name !== "");
    return (
      own.length > 0 &&
      users.length === own.length &&
      group.length > 0 &&
      members.every((name) => names.has(name))
    );
  } catch {
    return false;
  }
}
