import { crc32 } from "node:zlib";
import type { Entry } from "yauzl";
import { ArchiveError } from "./archive-error.ts";
import { inside } from "./tar.ts";

/** The upper byte of "version made by": whose file attributes an entry has. Source: PKWARE's APPNOTE, 4.4.2. */
const hosts = { fat: 0, unix: 3, ntfs: 11, vfat: 14, darwin: 19 } as const;

/** "Info-ZIP Unicode Path": the name in UTF-8, where the entry's own is in another encoding. Source: APPNOTE, 4.6.9. */
const unicodePath = 0x7075;

/** Source: stat(2), S_IFMT; the last four are devices, FIFOs and sockets. */
const kinds: ReadonlyMap<number, ZipAttributes["kind"]> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o020000, "other"],
  [0o060000, "other"],
  [0o010000, "other"],
  [0o140000, "other"],
]);

/** What the attributes of an entry say. */
export interface ZipAttributes {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
}

/**
 * The name of an entry below the archive's root, with `/`, without empty, `.` and `..` parts; empty: the root itself. Throws ArchiveError where
 * it leads out, or is not UTF-8.
 */
export function zipName(entry: Pick<Entry, "fileNameRaw" | "extraFields" | "versionMadeBy">): string {
  const name = decodedName(entry);
  if (name.includes("\0")) throw new ArchiveError(`its entry ${JSON.stringify(name)} has a null character`);
  // Programs of Windows write them; elsewhere they are a character like another.
  return inside(isFat(entry) ? name.replaceAll("\\", "/") : name);
}

/**
 * What an entry is. Source: pack, which gives everything from a FAT file system mode 0777; Go's archive/zip, `Mode`, for all
 * else. Throws ArchiveError where it contradicts itself.
 */
export function zipAttributes(
  entry: Pick<Entry, "fileNameRaw" | "externalFileAttributes" | "versionMadeBy">,
): ZipAttributes {
  const endsInSlash = [0x2f, ...(isFat(entry) ? [0x5c] : [])].includes(entry.fileNameRaw.at(-1) ?? 0);
  const host = entry.versionMadeBy >> 8;
  if (host === hosts.unix || host === hosts.darwin) {
    const mode = entry.externalFileAttributes >>> 16;
    const kind = mode < 0o010000 ? "file" : kinds.get(mode & 0o170000);
    const name = JSON.stringify(entry.fileNameRaw.toString());
    if (kind === undefined) throw new ArchiveError(`its entry ${name} has an unknown type`);
    if (!endsInSlash || kind === "directory") return { kind, mode: mode & 0o7777 };
    // Programs that add a directory by its name alone may give it a file's mode.
    if (kind === "file") return { kind: "directory", mode: (mode & 0o7777) | 0o700 };
    throw new ArchiveError(`its entry ${name} is a directory by name but not by mode`);
  }
  const isDirectory = endsInSlash || (hasDosAttributes(host) && (entry.externalFileAttributes & 0x10) !== 0);
  const kind = isDirectory ? "directory" : "file";
  if (isFat(entry)) return { kind, mode: 0o777 };
  if (host !== hosts.ntfs) return { kind, mode: isDirectory ? 0o755 : 0o644 };
  const isReadOnly = (entry.externalFileAttributes & 0x01) !== 0;
  return { kind, mode: (isDirectory ? 0o777 : 0o666) & (isReadOnly ? ~0o222 : 0o777) };
}

/**
 * When a file was changed. The times of DOS have no zone: they count as UTC, on every machine and with pack. Undefined: it says nothing
 * that can be a time.
 */
export function zipTime(
  entry: Pick<Entry, "lastModFileDate" | "lastModFileTime" | "getLastModDate">,
): Date | undefined {
  const time = entry.getLastModDate({ timezone: "UTC" });
  const dos = entry.getLastModDate({ timezone: "UTC", forceDosFormat: true });
  const { lastModFileDate: date, lastModFileTime: clock } = entry;
  const isDate = (date & 0x1f) > 0 && ((date >> 5) & 0xf) > 0 && ((date >> 5) & 0xf) <= 12;
  const isClock = clock >> 11 < 24 && ((clock >> 5) & 0x3f) < 60 && (clock & 0x1f) < 30;
  return time.getTime() === dos.getTime() && !(isDate && isClock) ? undefined : time;
}

function decodedName({ fileNameRaw, extraFields }: Pick<Entry, "fileNameRaw" | "extraFields">): string {
  for (const { id, data } of extraFields) {
    // It counts where it is of this name, not of one that was there before a program changed it.
    if (id !== unicodePath || data.length < 6 || data[0] !== 1) continue;
    if (data.readUInt32LE(1) === crc32(fileNameRaw)) return utf8(data.subarray(5));
  }
  return utf8(fileNameRaw);
}

/** Whether it says so or not, a name is UTF-8 or no name: pack, too, takes its bytes as they are. */
function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const shown = JSON.stringify(bytes.toString());
    throw new ArchiveError(`its entry ${shown} is not UTF-8`, { cause: error });
  }
}

function isFat({ versionMadeBy }: Pick<Entry, "versionMadeBy">): boolean {
  const host = versionMadeBy >> 8;
  return host === hosts.fat || host === hosts.vfat;
}

function hasDosAttributes(host: number): boolean {
  return host === hosts.fat || host === hosts.vfat || host === hosts.ntfs;
}
