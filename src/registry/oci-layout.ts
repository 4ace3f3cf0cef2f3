import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { ImageSource, ResolvedImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import type { Content } from "./client.ts";
import { maxMetadataBytes } from "./endpoint.ts";
import { digestSchema } from "./manifest.ts";
import { readStoredImage } from "./stored-image.ts";

const layoutSchema = v.object({ imageLayoutVersion: v.string() });
const indexSchema = v.object({
  manifests: v.array(
    v.object({ digest: digestSchema, annotations: v.nullish(v.record(v.string(), v.string())) }),
  ),
});
type Index = v.InferOutput<typeof indexSchema>;

/** Keys of index.json's entries that name an image: the specification's, and containerd's with the whole name. */
const nameAnnotations = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/**
 * Answers for images in a directory, as BuildKit reads it through `--build-context NAME=oci-layout://PATH`.
 * Without tag and digest the only image, else the one tagged `latest`. Source: OCI image spec, "Image Layout".
 * Throws CompileError where the directory is no layout, or has no such image.
 */
export class LayoutImageSource implements ImageSource {
  async resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    if (reference.place?.kind !== "oci-layout") return undefined;
    const { path } = reference.place;
    const fault = (reason: string) =>
      new CompileError([diagnose("registry/bad-layout", { path, reason }, { file: `oci-layout://${path}` })]);
    readJson(join(path, "oci-layout"), layoutSchema, fault);
    const index = readJson(join(path, "index.json"), indexSchema, fault);
    const read = async (digest: string): Promise<Content | undefined> => {
      const bytes = readFile(join(path, "blobs", digest.replace(":", "/")), fault);
      const actual = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      if (actual !== digest) throw fault(`what it has as ${digest} is ${actual}`);
      return { bytes, digest };
    };
    return readStoredImage(
      { manifest: read, blob: read, badAnswer: fault },
      reference,
      reference.digest ?? findDigest(index, reference.tag, fault),
      platforms,
    );
  }
}

function findDigest(
  { manifests }: Index,
  tag: string | undefined,
  fault: (reason: string) => CompileError,
): string {
  const names = ({ annotations }: Index["manifests"][number]) =>
    nameAnnotations.flatMap((key) => annotations?.[key] ?? []);
  const [only, ...others] = manifests;
  if (tag === undefined && only !== undefined && others.length === 0) return only.digest;
  const wanted = tag ?? "latest";
  const found = manifests.find((entry) =>
    names(entry).some((name) => name === wanted || name.endsWith(`:${wanted}`)),
  );
  if (found !== undefined) return found.digest;
  const there = manifests.map((entry) => names(entry)[0] ?? entry.digest);
  throw fault(`it has no image ${wanted}, but ${there.length === 0 ? "none at all" : there.join(", ")}`);
}

function readJson<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
  fault: (reason: string) => CompileError,
): v.InferOutput<Schema> {
  let value: unknown;
  const text = readFile(file, fault).toString("utf8");
  try {
    value = JSON.parse(text);
  } catch {
    throw fault(`${file} is not JSON`);
  }
  const checked = v.safeParse(schema, value);
  if (!checked.success) throw fault(`${file} is not what a layout has there`);
  return checked.output;
}

function readFile(file: string, fault: (reason: string) => CompileError): Buffer {
  try {
    if (statSync(file).size > maxMetadataBytes) {
      throw fault(`${file} is larger than ${maxMetadataBytes / 1024 / 1024} MiB`);
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    throw fault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
