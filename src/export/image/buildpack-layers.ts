import { lstatSync, readdirSync } from "node:fs";
import * as v from "valibot";
import { escapeId } from "../../contract/escape-id.ts";
import { goJson } from "../../contract/go-json.ts";
import type { GroupMember } from "../../contract/group.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { record } from "../../image/record.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { hasPlainDirectory } from "../../layer/plain-path.ts";
import { below } from "../../layer/walk.ts";
import { readTomlIfAny } from "../checked-file.ts";
import { maxLaunchLayers } from "../limits.ts";

/** A layer that a buildpack left, by its `<layer>.toml`. */
export interface BuildpackLayer {
  readonly name: ByteString;
  /** Absolute path of its directory in the image. */
  readonly path: ByteString;
  readonly hasContents: boolean;
  readonly build: boolean;
  readonly launch: boolean;
  readonly cache: boolean;
  /** The table [metadata] as Go's JSON; `null` if there is none. */
  readonly dataJson: string;
}

/** What one buildpack of the group left in its directory. */
export interface BuildpackLayers {
  readonly id: string;
  readonly version: string;
  /** Sorted by the bytes of their names; those of no type are here too. */
  readonly layers: readonly BuildpackLayer[];
  /** The table [metadata] of store.toml as Go's JSON. Absent: it wrote no store.toml. */
  readonly storeJson?: string;
}

/** Files of a buildpack that end in .toml and describe no layer. */
const notLayers: ReadonlySet<string> = new Set(["store", "launch", "build"]);

const flag = v.optional(v.boolean(), false);
const misplaced = v.optional(v.never("belongs in the table [types]"));

const layerSchema = v.object({
  build: misplaced,
  launch: misplaced,
  cache: misplaced,
  types: v.optional(v.object({ build: flag, launch: flag, cache: flag }), {}),
  metadata: v.optional(v.unknown()),
});

const storeSchema = v.object({ metadata: v.optional(record(v.string(), v.unknown())) });

/**
 * Reads the layers of every buildpack in `group`, in its order. Throws CompileError `export/malformed-layers` that lists
 * all that are, `export/too-many-layers`, OddEntryError. Source: CNB platform spec, "exporter".
 */
export function readBuildpackLayers(
  root: ByteString,
  layersDirectory: ByteString,
  group: readonly GroupMember[],
): readonly BuildpackLayers[] {
  const malformed: string[] = [];
  const buildpacks = group.map(({ id, version }): BuildpackLayers => {
    const directory = `${layersDirectory}/${byteStringOf(escapeId(id))}`;
    const found = findLayers(root, directory);
    const layers: BuildpackLayer[] = [];
    for (const { name, hasContents } of found) {
      const path = `${directory}/${name}`;
      try {
        layers.push({ name, path, hasContents, ...readLayerToml(root, `${path}.toml`) });
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        malformed.push(`${id}:${textOf(name)} (${error.diagnostics[0]?.message ?? error.message})`);
      }
    }
    const store = readTomlIfAny(root, `${directory}/store.toml`, storeSchema);
    return { id, version, layers, ...(store === undefined ? {} : { storeJson: goJson(store.metadata) }) };
  });
  if (malformed.length > 0)
    throw new CompileError([diagnose("export/malformed-layers", { layers: malformed })]);
  const launchLayers = buildpacks.flatMap(({ layers }) => layers).filter(({ launch }) => launch).length;
  if (launchLayers > maxLaunchLayers) {
    const values = { count: launchLayers, limit: maxLaunchLayers };
    throw new CompileError([diagnose("export/too-many-layers", values)]);
  }
  return buildpacks;
}

/**
 * Throws CompileError `export/layer-without-contents` for launch layers that are nowhere. In: whether a buildpack was offered
 * to keep a layer, which is then taken from an earlier image. Source: CNB platform spec, "exporter".
 */
export function checkLaunchContents(
  buildpacks: readonly BuildpackLayers[],
  isOffered: (id: string, name: string) => boolean,
): void {
  const faults = buildpacks.flatMap(({ id, layers }): Diagnostic[] =>
    layers
      .filter(({ launch, hasContents }) => launch && !hasContents)
      .filter(({ name, cache }) => cache || !isOffered(id, textOf(name)))
      .map(({ name, cache }) => {
        return diagnose("export/layer-without-contents", { layer: `${id}:${textOf(name)}`, cached: cache });
      }),
  );
  if (faults.length > 0) throw new CompileError(faults);
}

/** Every directory, and every .toml without one, sorted by bytes. A buildpack that left nothing has no directory. */
function findLayers(
  root: ByteString,
  path: ByteString,
): { readonly name: ByteString; readonly hasContents: boolean }[] {
  if (!hasPlainDirectory(root, path)) return [];
  const directory = below(root, path);
  const entries = readdirSync(bytesOf(directory), { encoding: "latin1" }).map((name) => ({
    name,
    isDirectory: lstatSync(bytesOf(`${directory}/${name}`)).isDirectory(),
  }));
  const found = new Map<ByteString, boolean>();
  for (const { name, isDirectory } of entries) if (isDirectory) found.set(name, true);
  for (const { name, isDirectory } of entries) {
    const layer = name.replace(/\.toml$/, "");
    if (isDirectory || layer === name || notLayers.has(layer) || found.has(layer)) continue;
    found.set(layer, false);
  }
  return [...found]
    .map(([name, hasContents]) => ({ name, hasContents }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readLayerToml(
  root: ByteString,
  path: ByteString,
): Pick<BuildpackLayer, "build" | "launch" | "cache" | "dataJson"> {
  const toml = readTomlIfAny(root, path, layerSchema);
  if (toml === undefined) return { build: false, launch: false, cache: false, dataJson: "null" };
  const { types, metadata } = toml;
  return { ...types, dataJson: goJson(metadata) };
}
