import { join } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { followLinks, plainPath } from "../../files/follow-links.ts";
import { isBelow } from "../../files/is-below.ts";
import { FileTooLarge, LeadsOutside, readInside } from "../../files/read-inside.ts";
import { digestOf } from "../../image/digest.ts";
import type { ImageSource, ResolvedImage } from "../../image/image-source.ts";
import { blobPath, layoutIndex, layoutMarker, layoutSchema } from "../../image/layout-files.ts";
import { indexSchema } from "../../image/manifest.ts";
import type { Platform } from "../../image/platform.ts";
import { type ImageReference, parseReference } from "../../image/reference.ts";
import { present } from "../../present.ts";
import type { Content } from "../client.ts";
import { maxMetadataBytes } from "../http/endpoint.ts";
import { readStoredImage } from "./stored-image.ts";

type Index = v.InferOutput<typeof indexSchema>;

/** Keys of index.json's entries that name an image: the specification's, and containerd's with the whole name. */
const nameAnnotations = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/** Which directories a project may have read. */
export interface LayoutRules {
  /** Directory without links: what lies in it is the project's own. */
  readonly border: string;
  /** Texts that the user gave, some of which name images: those may lie anywhere. */
  readonly named: readonly string[];
}

/**
 * Answers for images in a directory, as BuildKit reads it through `--build-context NAME=oci-layout://PATH`.
 * Without tag and digest the only image, else the one tagged `latest`. Source: OCI image spec, "Image Layout".
 * Throws CompileError where the directory is no layout, or has no such image.
 */
export class LayoutImageSource implements ImageSource {
  readonly #rules: LayoutRules | undefined;

  /** In: absent: the user named every image. */
  constructor(rules?: LayoutRules) {
    this.#rules = rules;
  }

  async resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    if (reference.place?.kind !== "oci-layout") return undefined;
    const { path } = reference.place;
    const fault = (reason: string) =>
      new CompileError([diagnose("registry/bad-layout", { path, reason }, { file: `oci-layout://${path}` })]);
    const border = this.#borderOf(path);
    const readFile = (name: string) => {
      try {
        return readLayoutFile(join(plainPath(path), name), border, fault);
      } catch (error) {
        if (!(error instanceof LeadsOutside)) throw error;
        const values = { image: `oci-layout://${path}`, target: error.target };
        throw new CompileError([diagnose("files/image-outside", values, { file: values.image })]);
      }
    };
    readJson(join(path, layoutMarker), readFile(layoutMarker), layoutSchema, fault);
    const index = readJson(join(path, layoutIndex), readFile(layoutIndex), indexSchema, fault);
    const read = async (digest: string): Promise<Content | undefined> => {
      const bytes = readFile(blobPath(digest));
      const actual = digestOf(bytes);
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

  /** Undefined: it is the user's own. */
  #borderOf(path: string): string | undefined {
    if (this.#rules === undefined) return undefined;
    const { border, named } = this.#rules;
    const isNamed = named.some((text) => {
      const place = parseReference(text)?.place;
      return place?.kind === "oci-layout" && place.path === path;
    });
    const links: string[] = [];
    const places = [followLinks(path, links).path, ...links];
    return isNamed && !places.some((one) => isBelow(one, border)) ? undefined : border;
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
  bytes: Buffer,
  schema: Schema,
  fault: (reason: string) => CompileError,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw fault(`${file} is not JSON`);
  }
  const checked = v.safeParse(schema, value);
  if (!checked.success) throw fault(`${file} is not valid in an OCI layout`);
  return checked.output;
}

function readLayoutFile(
  file: string,
  border: string | undefined,
  fault: (reason: string) => CompileError,
): Buffer {
  try {
    return readInside(file, { limitBytes: maxMetadataBytes, ...present({ border }) });
  } catch (error) {
    if (error instanceof LeadsOutside) throw error;
    if (error instanceof FileTooLarge)
      throw fault(`${file} is larger than ${maxMetadataBytes / 1024 / 1024} MiB`);
    throw fault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
