import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type GitObject, inflate, maxObjectBytes } from "./git-object.ts";
import { readPackedObject } from "./pack.ts";
import { readAt, withFile } from "./small-file.ts";

/** More packs than any repository that is kept has. */
const maxPacks = 10_000;

/**
 * Reads an object by its whole id, in lower case, loose or from a pack. Undefined: it is not there, is too large, or is not
 * what its id says.
 */
export function readObject(objects: string, id: string): GitObject | undefined {
  const object = looseObject(objects, id) ?? packedObject(join(objects, "pack"), id);
  if (object === undefined) return undefined;
  const { type, content } = object;
  const hash = createHash(id.length === 64 ? "sha256" : "sha1").update(`${type} ${content.length}\0`);
  return hash.update(content).digest("hex") === id ? object : undefined;
}

/** Source: git, "Git Internals - Git Objects"; gitformat-loose(5). */
function looseObject(objects: string, id: string): GitObject | undefined {
  const packed = withFile(join(objects, id.slice(0, 2), id.slice(2)), (file, sizeBytes) =>
    sizeBytes > maxObjectBytes ? undefined : readAt(file, 0, sizeBytes),
  );
  const bytes = packed === undefined ? undefined : inflate(packed, maxObjectBytes);
  const end = bytes?.indexOf(0) ?? -1;
  if (bytes === undefined || end === -1) return undefined;
  const [, type] = /^([a-z]+) \d+$/.exec(bytes.toString("latin1", 0, end)) ?? [];
  return type === undefined ? undefined : { type, content: bytes.subarray(end + 1) };
}

function packedObject(directory: string, id: string): GitObject | undefined {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return undefined;
  }
  const packs = names.flatMap((name) => /^(pack-.*)\.idx$/.exec(name)?.[1] ?? []).sort();
  for (const pack of packs.slice(0, maxPacks)) {
    const object = readPackedObject(join(directory, pack), id);
    if (object !== undefined) return object;
  }
  return undefined;
}
