import * as v from "valibot";
import { escapeId } from "../../contract/escape-id.ts";
import type { GeneratedDockerfile, GeneratedDockerfiles } from "../../contract/generated-dockerfile.ts";
import { generatedDigest } from "../../contract/generated-dockerfiles.ts";
import { type GroupMember, groupSchema } from "../../contract/group.ts";
import { rootOwner } from "../../contract/owner.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf, textOf } from "../../layer/byte-string.ts";
import { layerTrees } from "../../layer/digest.ts";
import { measureTar } from "../../layer/lifecycle-tar.ts";
import { hasPlainDirectory, plainStats, readPlainFile } from "../../layer/plain-path.ts";
import { below } from "../../layer/walk.ts";
import { present } from "../../present.ts";
import { readTomlFile, readTomlIfAny } from "../checked-file.ts";
import { limits } from "../limits.ts";

export interface DetectedPlaces {
  /** Directory that stands for `/` of the stage `detect`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  /** Where extensions lie; one that is in several counts in the first. */
  readonly extensionsDirectories: readonly ByteString[];
  /** Whether Dockerfiles lie by their kind and have no context of their own, as below Platform API 0.13. */
  readonly isByKind: boolean;
}

const argumentsSchema = v.optional(
  v.object({
    args: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string(), "") })), []),
  }),
);
/** Source: CNB image extension spec, "extend-config.toml". */
const configSchema = v.object({ build: argumentsSchema, run: argumentsSchema });

const analyzedSchema = v.object({ "run-image": v.object({ image: v.string() }) });

/**
 * What image extensions made during detection. Throws CompileError where a file is not what the specification says, and as reading does.
 * Source: CNB image extension spec, "Generation"; lifecycle, `phase/extender.go`.
 */
export function generatedBy(places: DetectedPlaces): GeneratedDockerfiles {
  const { root, layersDirectory } = places;
  const { "group-extensions": extensions } = readTomlFile(root, `${layersDirectory}/group.toml`, groupSchema);
  const { "run-image": runImage } = readTomlFile(root, `${layersDirectory}/analyzed.toml`, analyzedSchema);
  const dockerfiles = extensions.flatMap((extension) =>
    (["build", "run"] as const).flatMap((kind) => dockerfileOf(places, extension, kind) ?? []),
  );
  return { version: 1, runImage: runImage.image, dockerfiles };
}

/** Throws CompileError `export/extensions-take-part`: who builds here applies none. */
export function refuseExtensions(root: ByteString, layersDirectory: ByteString): void {
  const { "group-extensions": extensions } = readTomlFile(root, `${layersDirectory}/group.toml`, groupSchema);
  if (extensions.length === 0) return;
  const ids = extensions.map(({ id }) => id);
  throw new CompileError([diagnose("export/extensions-take-part", { ids })]);
}

/** Throws CompileError `export/extensions-changed` where detection made something else than what a file has. In: the digest of that. */
export function requireGenerated(places: DetectedPlaces, digest: string): void {
  if (generatedDigest(generatedBy(places)) === digest) return;
  throw new CompileError([diagnose("export/extensions-changed", {})]);
}

/** Undefined: the extension made none of that kind. */
function dockerfileOf(
  places: DetectedPlaces,
  { id, version }: GroupMember,
  kind: GeneratedDockerfile["kind"],
): GeneratedDockerfile | undefined {
  const { root } = places;
  const { directory, name } = placeOf(places, { id, version }, kind);
  const content = readPlainFile(root, `${directory}/${name}`, limits.metadataBytes);
  if (content === undefined) return undefined;
  const text = content.toString("utf8");
  if (!Buffer.from(text).equals(content)) {
    const path = textOf(`${directory}/${name}`);
    throw new CompileError([
      diagnose("export/invalid-file", { path, reason: "it is not UTF-8" }, { file: path }),
    ]);
  }
  const config = readTomlIfAny(root, `${directory}/extend-config.toml`, configSchema);
  const context = contextOf(places, directory, kind);
  return {
    ...{ id, version, kind, text, arguments: config?.[kind]?.args ?? [] },
    ...present({ context }),
  };
}

/** Where an extension's Dockerfile lies. One that has no bin/generate brings it along, and nobody copies it. */
function placeOf(
  { root, layersDirectory, extensionsDirectories, isByKind }: DetectedPlaces,
  { id, version }: GroupMember,
  kind: GeneratedDockerfile["kind"],
): { readonly directory: ByteString; readonly name: string } {
  const escaped = byteStringOf(escapeId(id));
  if (isByKind) {
    return { directory: `${layersDirectory}/generated/${kind}/${escaped}`, name: "Dockerfile" };
  }
  const own = extensionsDirectories
    .map((directory) => `${directory}/${escaped}/${byteStringOf(version)}`)
    .find((directory) => plainStats(root, directory) !== undefined);
  const isStatic = own !== undefined && plainStats(root, `${own}/bin/generate`) === undefined;
  return {
    directory: isStatic ? `${own}/generate` : `${layersDirectory}/generated/${escaped}`,
    name: `${kind}.Dockerfile`,
  };
}

/** Below Platform API 0.13 nobody copies one, so that it is always the app. */
function contextOf(
  { root, isByKind }: DetectedPlaces,
  directory: ByteString,
  kind: GeneratedDockerfile["kind"],
): GeneratedDockerfile["context"] {
  if (isByKind) return undefined;
  // Something else in its place is no context, and not to be passed over in silence.
  const path = [`${directory}/context.${kind}`, `${directory}/context`].find((place) =>
    hasPlainDirectory(root, place),
  );
  if (path === undefined) return undefined;
  return { path: textOf(path), digest: contentDigest(below(root, path)) };
}

/** Digest of a directory by names, modes and contents: detection writes it anew each time, for another owner on another builder. */
function contentDigest(directory: ByteString): string {
  const items = layerTrees([{ path: directory, name: "context" }], rootOwner, () => undefined);
  return measureTar(items, () => undefined).sha;
}
