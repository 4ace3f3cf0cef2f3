import { paddingAfter, tarHeader } from "../layer/tar-header.ts";
import { ArchiveError } from "./archive-error.ts";
import { readZip, type ZipMember } from "./zip.ts";

/** The longest path that Linux follows, in bytes. */
const maxTargetBytes = 4096;

/** Of what has no time of its own: the first one that a zip can say. */
export const unknownTime = new Date("1980-01-01T00:00:00Z");

/**
 * The same files as a tar, for one way of unpacking with one set of rules. What no tree of files can hold is left out. In: who hears of a name
 * that several files have; the last one counts, as with pack. Throws ArchiveError.
 */
export async function* zipAsTar(
  path: string,
  reportTwice: (name: string) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const files = new Map<string, string>();
  const twice = new Set<string>();
  for await (const member of readZip(path)) {
    const { name, kind, mode, time = unknownTime, sizeBytes, checksum, content } = member;
    if (kind === "other" || name === "") continue;
    if (kind === "file") {
      const before = files.get(name);
      const now = `${sizeBytes} ${checksum}`;
      if (before !== undefined && before !== now) twice.add(name);
      files.set(name, now);
    }
    const size = kind === "file" ? sizeBytes : 0;
    yield tarHeader({
      ...{ name: bytes(name), kind, mode, uid: 0, gid: 0, size },
      mtimeSeconds: Math.floor(time.getTime() / 1000),
      link: kind === "symlink" ? bytes(await targetOf(member)) : "",
    });
    if (kind !== "file") continue;
    yield* content();
    yield Buffer.alloc(paddingAfter(size));
  }
  for (const name of twice) reportTwice(name);
  yield Buffer.alloc(1024);
}

async function targetOf({ name, sizeBytes, content }: ZipMember): Promise<string> {
  const fault = (reason: string) => new ArchiveError(`its link ${JSON.stringify(name)} ${reason}`);
  if (sizeBytes === 0 || sizeBytes > maxTargetBytes) throw fault("has no usable target");
  const pieces: Uint8Array[] = [];
  for await (const piece of content()) pieces.push(piece);
  let target: string;
  try {
    target = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
  } catch {
    throw fault("has a target that is not UTF-8");
  }
  if (target.includes("\0")) throw fault("has a null character");
  return target;
}

function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}
