import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { FrontendImage } from "../../engines/build-request.ts";
import { layoutDigest } from "../../engines/layout.ts";
import { digestSchema } from "../../image/digest.ts";
import { parseReference } from "../../image/reference.ts";
import { packageDirectory, packagePath } from "../../package/package-place.ts";
import { present } from "../../present.ts";
import { version } from "../../version.ts";
import type { FrontendOrder } from "../build-order.ts";

/** The helper image that comes with this copy of the program, as an OCI layout. */
const ownLayout = "dist/image";
/** Of which programs that image was made, beside its index. */
export const programsMark = "programs.sha256";
/** The package that brings the helper image to machines without a registry. */
const companion = "cnb-dockerfile-image";
/** Written by a release: the helper image that was released with this package. */
const releaseFile = "dist/release.json";
const releaseSchema = v.object({ image: v.string(), digest: digestSchema });
/** What the helper image is built from: its Dockerfile, and what that copies. All in `dist`. */
export const helperDockerfile = "image.Dockerfile";
export const helperFiles: readonly string[] = [
  helperDockerfile,
  "frontend.mjs",
  "export.mjs",
  "sbom.cdx.json",
  "THIRD-PARTY-LICENSES.txt",
];

/** The helper image of a build: an image that is there, or the programs that it is built from. */
export type HelperImage =
  | { readonly kind: "image"; readonly image: FrontendImage }
  | { readonly kind: "programs"; readonly reference: string; readonly programs: HelperPrograms };

export interface HelperPrograms {
  /** Absolute; holds the helper image's Dockerfile, too. */
  readonly directory: string;
  /** The same for the same bytes and the same Node image; 16 hexadecimal digits. */
  readonly key: string;
  /** Absent: the one that the Dockerfile names. */
  readonly nodeImage?: string;
}

/**
 * Finds the helper image. The first of these: the image that the user names; the companion package, or the image that comes
 * with this copy of the program; the image in the registry that this package was released with, by its digest; the programs
 * of this package, to be built. In: a directory of the package. Throws CompileError.
 */
export function findHelperImage(
  { reference, isNamed, nodeImage }: FrontendOrder,
  start?: string,
): HelperImage {
  if (isNamed) {
    if (parseReference(reference) === undefined) {
      throw new CompileError([diagnose("plan/bad-reference", { text: reference }, { file: "--image" })]);
    }
    return { kind: "image", image: { reference } };
  }
  const directory = companionLayout(start) ?? ownLayoutOf(start);
  const digest = directory && layoutDigest(directory);
  if (directory !== undefined && digest !== undefined)
    return { kind: "image", image: { reference, layout: { directory, digest } } };
  const released = releasedImage(start);
  if (released !== undefined) return { kind: "image", image: { reference: released } };
  const key = programsKey(start, nodeImage);
  if (key === undefined) throw new CompileError([diagnose("cli/no-packaged-image", {}, { file: "--image" })]);
  const programs = { directory: join(packageDirectory(start), "dist"), key, ...present({ nodeImage }) };
  return { kind: "programs", reference, programs };
}

/**
 * Whether the helper image is in the registry by the name of this version, as far as this copy of the program knows: it was
 * released, or has the companion package, which is published with releases. In: a directory of the package.
 */
export function isHelperImagePublished(start?: string): boolean {
  return packagePath(releaseFile, start) !== undefined || installedCompanion(start) !== undefined;
}

/** `HOST/NAME:VERSION@DIGEST`. Undefined: this package was not released. */
function releasedImage(start?: string): string | undefined {
  const file = packagePath(releaseFile, start);
  if (file === undefined) return undefined;
  const { image, digest } = v.parse(releaseSchema, JSON.parse(readFileSync(file, "utf8")));
  return `${image}@${digest}`;
}

/** The helper image of the companion package. Undefined: that is not installed. Throws CompileError for another version. */
function companionLayout(start?: string): string | undefined {
  const installed = installedCompanion(start);
  if (installed === undefined) return undefined;
  const { directory, version: found } = installed;
  if (found === version) return join(directory, "image");
  const values = { companion, found, version };
  throw new CompileError([diagnose("cli/other-helper-image", values, { file: directory })]);
}

/** Where the companion package is, and its version. Undefined: it is not installed. */
function installedCompanion(
  start?: string,
): { readonly directory: string; readonly version: string } | undefined {
  const own = packageDirectory(start);
  for (const place of [join(own, "node_modules"), ...modulesBeside(own)]) {
    const directory = join(place, companion);
    const found = companionVersion(directory);
    if (found !== undefined) return { directory, version: found };
  }
  return undefined;
}

/**
 * Where a package manager puts what somebody asks for together with this package; not wherever a path above could lead, and no
 * directory of a project that is built. pnpm has a directory for each package and the peers that it was installed with, in which
 * they lie beside each other: the companion is an optional peer for that.
 */
function modulesBeside(own: string): string[] {
  const beside = dirname(own);
  return basename(beside) === "node_modules" ? [beside] : [];
}

function companionVersion(directory: string): string | undefined {
  try {
    const { version: found } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return String(found);
  } catch {
    return undefined;
  }
}

/** Undefined: there is none, or it was made of other programs, as in a checkout that has changed since. */
function ownLayoutOf(start?: string): string | undefined {
  const directory = packagePath(ownLayout, start);
  const mark = packagePath(join(ownLayout, programsMark), start);
  if (directory === undefined || mark === undefined) return directory;
  const key = programsKey(start);
  return key === undefined || readFileSync(mark, "utf8").trim() === key ? directory : undefined;
}

/** Undefined: the package has none, as in the builder container, which has the image. */
export function programsKey(start?: string, nodeImage?: string): string | undefined {
  const hash = createHash("sha256").update(JSON.stringify(nodeImage ?? ""));
  for (const name of helperFiles) {
    const path = packagePath(join("dist", name), start);
    if (path === undefined) return undefined;
    hash.update(createHash("sha256").update(readFileSync(path)).digest());
  }
  return hash.digest("hex").slice(0, 16);
}
