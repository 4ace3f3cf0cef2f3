import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lab/lab.ts";
import { unpackedImage } from "../lab/unpacked-image.ts";
import { configOf } from "./frontend-steps.ts";

/** All that there is to see of one platform's image, in a form in which equal things are equal. */
export interface ImageReading {
  /** The config without what `labels`, `layers` and `history` show. */
  readonly config: unknown;
  /** Labels that hold JSON as values; digests of the image's own layers by their places. */
  readonly labels: Readonly<Record<string, unknown>>;
  readonly layers: number;
  /** `created` and `created_by` of each entry. */
  readonly history: readonly string[];
  /** What is known of each file, by path; all that no base image has. */
  readonly files: ReadonlyMap<string, FileReading>;
}

export interface FileReading {
  readonly kind: "file" | "directory" | "link" | "other";
  /** `4755`. */
  readonly mode: string;
  readonly owner: string;
  /** ISO 8601; `unpacking`: no layer says. */
  readonly time: string;
  /** Digest of the content, or target of the link. */
  readonly content?: string;
  /** Number of names of the same file. */
  readonly names: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Directories that buildpacks images have and their run images have not. */
const ownRoots = ["/layers", "/workspace", "/cnb"];

/** In: the directories whose files are read, where they are there; absent: those that no base image has, which have to be. */
export async function readImage(
  lab: Lab,
  name: string,
  platform: string,
  roots: readonly string[] = ownRoots,
): Promise<ImageReading> {
  const image = await configOf(lab, name, platform);
  const { rootfs, history, ...rest } = image;
  const { Labels, ...config } = image.config;
  const { rootfs: directory } = await unpackedImage(lab.tools.crane, name, platform);
  const there = roots === ownRoots ? roots : roots.filter((root) => existsSync(join(directory, root)));
  const files = new Map(there.flatMap((root) => [...filesBelow(directory, root)]));
  return {
    config: { ...rest, config },
    labels: Object.fromEntries(
      Object.entries(Labels).map(([key, value]) => [key, labelValue(value, rootfs.diff_ids)]),
    ),
    layers: rootfs.diff_ids.length,
    history: history.map(({ created, created_by: by = "" }) => `${created} ${by}`),
    files,
  };
}

/** A layer's digest depends on who wrote its tar; which layer it is does not. */
function labelValue(text: string, diffIds: readonly string[]): unknown {
  const byPlace = diffIds.reduce((json, id, index) => json.replaceAll(id, `layer ${index}`), text);
  try {
    return JSON.parse(byPlace);
  } catch {
    return byPlace;
  }
}

function* filesBelow(rootfs: string, path: string): Generator<[string, FileReading]> {
  const place = join(rootfs, path);
  const stats = lstatSync(place);
  const kind = stats.isDirectory()
    ? "directory"
    : stats.isFile()
      ? "file"
      : stats.isSymbolicLink()
        ? "link"
        : "other";
  const content =
    kind === "file"
      ? createHash("sha256").update(readFileSync(place)).digest("hex")
      : kind === "link"
        ? readlinkSync(place)
        : undefined;
  yield [
    path,
    {
      kind,
      mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
      owner: `${stats.uid}:${stats.gid}`,
      // A directory that no layer names gets the time of its unpacking.
      time: stats.mtimeMs > Date.now() - dayMs ? "unpacking" : new Date(stats.mtimeMs).toISOString(),
      ...(content === undefined ? {} : { content }),
      names: kind === "file" ? stats.nlink : 1,
    },
  ];
  if (kind !== "directory") return;
  for (const child of readdirSync(place).sort()) yield* filesBelow(rootfs, `${path}/${child}`);
}

/** Where two images differ, each place once: `labels io.buildpacks.x.y: pack 1, ours 2`. */
export function imageDifferences(pack: ImageReading, ours: ImageReading): string[] {
  const found: string[] = [];
  compare("config", pack.config, ours.config, found);
  compare("labels", pack.labels, ours.labels, found);
  compare("layers", pack.layers, ours.layers, found);
  compare("history", pack.history, ours.history, found);
  for (const path of new Set([...pack.files.keys(), ...ours.files.keys()])) {
    compare(`file ${path}`, pack.files.get(path), ours.files.get(path), found);
  }
  return found;
}

function compare(place: string, pack: unknown, ours: unknown, found: string[]): void {
  if (isTable(pack) && isTable(ours)) {
    for (const key of new Set([...Object.keys(pack), ...Object.keys(ours)])) {
      compare(`${place} ${key}`, pack[key], ours[key], found);
    }
  } else if (JSON.stringify(pack) !== JSON.stringify(ours)) {
    found.push(`${place}: pack ${JSON.stringify(pack)}, ours ${JSON.stringify(ours)}`);
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
