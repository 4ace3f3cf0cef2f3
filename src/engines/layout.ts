import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { blobPath, firstEntrySchema, layoutBlobs, layoutIndex, layoutMarker } from "../image/layout-files.ts";
import { descriptorSchema } from "../image/manifest.ts";
import { record } from "../image/record.ts";
import { writePrivateFile } from "../private/private-file.ts";

/** What an index or a manifest names. */
const contentsSchema = v.object({
  manifests: v.optional(v.array(descriptorSchema), []),
  config: v.optional(descriptorSchema),
  layers: v.optional(v.array(descriptorSchema), []),
});

/** Where an OCI layout has the blob of that digest. */
export function blobFile(directory: string, digest: string): string {
  return join(directory, blobPath(digest));
}

/** Digest of what an OCI layout holds. Undefined: the directory is no such layout, or an empty one. */
export function layoutDigest(directory: string): string | undefined {
  try {
    const { manifests } = v.parse(
      firstEntrySchema,
      JSON.parse(readFileSync(join(directory, layoutIndex), "utf8")),
    );
    return manifests[0].digest;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with an OCI layout. Undefined: all that it names is there, byte for byte. BuildKit would find it out, too,
 * but keeps half a blob, and cannot go on with it when the whole one is handed to it.
 */
export async function layoutFault(directory: string): Promise<string | undefined> {
  const checked = await checkLayout(directory);
  return typeof checked === "string" ? checked : undefined;
}

/**
 * The same of a layout in a directory that nobody but us writes. It is read once: afterwards, files that have the size and times
 * that they had when it was found whole are taken to be the same. A note beside them says so; where none can be written, it is
 * read each time.
 */
export async function keptLayoutFault(directory: string): Promise<string | undefined> {
  const note = readNote(directory);
  const blobs = Object.entries(note?.blobs ?? {});
  if (note?.digest === layoutDigest(directory) && blobs.length > 0) {
    if (blobs.every(([name, stamp]) => stampOf(blobFile(directory, name)) === stamp)) return undefined;
  }
  const checked = await checkLayout(directory);
  if (typeof checked === "string") return checked;
  writeNote(directory, checked);
  return undefined;
}

/** What was found whole. */
const noteSchema = v.object({
  digest: v.string(),
  /** By digest: size and times. */
  blobs: record(v.string(), v.string()),
});
type Note = v.InferOutput<typeof noteSchema>;

const noteFile = "found-whole.json";

/** Undefined: there is none, or none of use. */
function readNote(directory: string): Note | undefined {
  try {
    const read = v.safeParse(noteSchema, JSON.parse(readFileSync(join(directory, noteFile), "utf8")));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

function writeNote(directory: string, note: Note): void {
  try {
    // The note must not outlive, after a loss of power, what it says of them.
    for (const name of Object.keys(note.blobs)) flush(blobFile(directory, name));
    writePrivateFile(join(directory, noteFile), JSON.stringify(note));
  } catch {}
}

function flush(path: string): void {
  // BuildKit's client makes files that are read-only; Windows flushes only others.
  const file = openSync(path, process.platform === "win32" ? "r+" : "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The time of change is set by each write, and by nobody at will. Undefined: it is no file. */
function stampOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stats?.isFile() === true ? [stats.size, stats.mtimeNs, stats.ctimeNs].join(" ") : undefined;
}

/** Reads all of it. Out: what is wrong, or what was found. */
async function checkLayout(directory: string): Promise<string | Note> {
  const digest = layoutDigest(directory);
  if (digest === undefined) return "it is not an OCI layout";
  const needed = [digest];
  const blobs: Record<string, string> = {};
  // It grows while it is looked through.
  for (const name of needed) {
    const path = blobFile(directory, name);
    if (!existsSync(path)) return `${name} is missing`;
    // Before it is read: what changes meanwhile is read again.
    blobs[name] = stampOf(path) ?? "";
    if ((await fileDigest(path)) !== name) return `${name} does not match its digest`;
    for (const below of namedIn(path)) if (!needed.includes(below)) needed.push(below);
  }
  return { digest, blobs };
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** Digests that an index or a manifest names; a layer names none, and is no JSON. */
function namedIn(path: string): string[] {
  if (statSync(path).size > largestManifestBytes) return [];
  try {
    const { manifests, config, layers } = v.parse(contentsSchema, JSON.parse(readFileSync(path, "utf8")));
    return [...manifests, ...(config === undefined ? [] : [config]), ...layers].map((one) => one.digest);
  } catch {
    return [];
  }
}

/** As registries have it. */
const largestManifestBytes = 4 * 1024 * 1024;

/**
 * Has an OCI layout hold what another one holds, which is used up. Blobs are named by their content: they come first,
 * one rename makes them count, and what nothing names any more goes last. Whoever reads it meanwhile, or after a kill,
 * finds the old one or the new one whole. Throws node's error.
 */
export function replaceLayout(from: string, to: string): void {
  const names = readdirSync(join(from, blobs));
  // Else what lies at the end of a link would be written, and removed where it is not wanted.
  for (const name of ["blobs", blobs]) {
    if (lstatSync(join(to, name), { throwIfNoEntry: false })?.isSymbolicLink())
      throw new Error(`it contains the link ${name}`);
  }
  mkdirSync(join(to, blobs), { recursive: true });
  // Over those that are there, too, which may be damaged.
  for (const name of names) renameSync(join(from, blobs, name), join(to, blobs, name));
  for (const name of [layoutMarker, layoutIndex]) {
    if (existsSync(join(from, name))) renameSync(join(from, name), join(to, name));
  }
  const wanted = new Set(names);
  for (const name of readdirSync(join(to, blobs))) {
    if (!wanted.has(name)) rmSync(join(to, blobs, name), { force: true });
  }
  rmSync(from, { recursive: true, force: true });
}

const blobs = layoutBlobs;
