import { layoutIndex, layoutMarker } from "../image/layout-files.ts";
import { present } from "../present.ts";
import { ArchiveError } from "./archive-error.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { type LayoutImage, readOciLayout } from "./oci-layout.ts";
import { faultOf, firstLineBytes, type ProgramFault, platformOfProgram, programs } from "./program-fault.ts";
import { readContent, readStart } from "./tar.ts";

/** What an archive holds. */
type ArchiveContent =
  /** One buildpack, its files at the archive's root. */
  | {
      readonly kind: "buildpack";
      readonly buildpackToml: string;
      /** Absent: nothing keeps its programs from being started. */
      readonly fault?: ProgramFault;
    }
  /** A buildpackage as `pack buildpack package --format file` writes it (`.cnb`): images in an OCI layout, never none. */
  | { readonly kind: "buildpackage"; readonly images: readonly LayoutImage[] };

/** Largest buildpack.toml or package.toml, in bytes. */
export const maxTomlBytes = 1024 * 1024;
const maxIndexBytes = 1024 * 1024;

/** The files that tell what an archive is, and how long each may be. */
const limits: ReadonlyMap<string, number> = new Map([
  [layoutMarker, maxIndexBytes],
  [layoutIndex, maxIndexBytes],
  ["buildpack.toml", maxTomlBytes],
  ["extension.toml", maxTomlBytes],
]);

/** Says what an archive holds. Throws ArchiveError where that is no buildpack. Source: pack: a layout is known by `oci-layout`. */
export async function readArchiveContent(archive: ArchiveFile): Promise<ArchiveContent> {
  const nested: string[] = [];
  const files = new Map<string, Buffer>();
  const starts = new Map<string, string>();
  const platforms: string[] = [];
  for await (const member of archive.members()) {
    const limit = limits.get(member.name);
    if (limit !== undefined && member.kind === "file")
      files.set(member.name, await readContent(member, limit));
    if (isProgram(member.name)) starts.set(member.name, await readStart(member, firstLineBytes));
    platforms.push(...[platformOfProgram(member.name)].filter((found) => found !== undefined));
    if (/^[^/]+\/buildpack\.toml$/.test(member.name)) nested.push(member.name.replace("buildpack.toml", ""));
  }
  const index = files.get(layoutIndex);
  if (files.has(layoutMarker)) {
    if (index === undefined) throw new ArchiveError("it is an OCI layout without index.json");
    const images = await readOciLayout(archive, index);
    if (images.length === 0) throw new ArchiveError("it is an OCI layout without an image");
    return { kind: "buildpackage", images };
  }
  const buildpackToml = files.get("buildpack.toml");
  if (buildpackToml === undefined) throw new ArchiveError(missing(files.has("extension.toml"), nested));
  const [platform] = platforms;
  const fault = faultOf({ starts, ...present({ platform }) });
  return {
    ...{ kind: "buildpack", buildpackToml: decode(buildpackToml) },
    ...present({ fault }),
  };
}

function isProgram(name: string): boolean {
  return programs.some((program) => program === name);
}

function missing(isExtension: boolean, nested: readonly string[]): string {
  if (isExtension) return "it is an image extension; image extensions are not supported";
  const [directory] = nested;
  return directory === undefined
    ? "it has no buildpack.toml"
    : `it has no buildpack.toml at its root, but one in ${directory}; archive the contents of that directory instead`;
}

function decode(text: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch (error) {
    throw new ArchiveError("its buildpack.toml is not UTF-8 text", { cause: error });
  }
}
