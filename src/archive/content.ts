import { tomlOf } from "../contract/module-kind.ts";
import { layoutIndex, layoutMarker } from "../image/layout-files.ts";
import type { NestedModule } from "../modules/module-source.ts";
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
  /** The same of an image extension. */
  | { readonly kind: "extension"; readonly extensionToml: string; readonly fault?: ProgramFault }
  /** Neither of the two files is at its root. */
  | { readonly kind: "neither"; readonly nested?: NestedModule }
  /** A package as `pack buildpack package --format file` and `pack extension package` write it (`.cnb`): images in an OCI layout, never none. */
  | { readonly kind: "buildpackage"; readonly images: readonly LayoutImage[] };

/** Largest buildpack.toml, extension.toml or package.toml, in bytes. */
export const maxTomlBytes = 1024 * 1024;
const maxIndexBytes = 1024 * 1024;

/** The files that tell what an archive is, and how long each may be. */
const limits: ReadonlyMap<string, number> = new Map([
  [layoutMarker, maxIndexBytes],
  [layoutIndex, maxIndexBytes],
  ["buildpack.toml", maxTomlBytes],
  ["extension.toml", maxTomlBytes],
]);

/** Says what an archive holds. Throws ArchiveError where it cannot be read. Source: pack: a layout is known by `oci-layout`. */
export async function readArchiveContent(archive: ArchiveFile): Promise<ArchiveContent> {
  const nested: NestedModule[] = [];
  const files = new Map<string, Buffer>();
  const starts = new Map<string, string>();
  const platforms: string[] = [];
  for await (const member of archive.members()) {
    const limit = limits.get(member.name);
    if (limit !== undefined && member.kind === "file")
      files.set(member.name, await readContent(member, limit));
    if (isProgram(member.name)) starts.set(member.name, await readStart(member, firstLineBytes));
    platforms.push(...[platformOfProgram(member.name)].filter((found) => found !== undefined));
    nested.push(...nestedModule(member.name));
  }
  const index = files.get(layoutIndex);
  if (files.has(layoutMarker)) {
    if (index === undefined) throw new ArchiveError("it is an OCI layout without index.json");
    const images = await readOciLayout(archive, index);
    if (images.length === 0) throw new ArchiveError("it is an OCI layout without an image");
    return { kind: "buildpackage", images };
  }
  const kind = (["buildpack", "extension"] as const).find((one) => files.has(tomlOf(one)));
  if (kind === undefined) return { kind: "neither", ...present({ nested: nested[0] }) };
  const [platform] = platforms;
  const fault = faultOf({ starts, kind, ...present({ platform }) });
  const text = decode(files.get(tomlOf(kind)) ?? Buffer.alloc(0), tomlOf(kind));
  return kind === "buildpack"
    ? { kind, buildpackToml: text, ...present({ fault }) }
    : { kind, extensionToml: text, ...present({ fault }) };
}

/** Empty: the path is no such file one directory down. */
function nestedModule(path: string): NestedModule[] {
  const { directory, kind } =
    /^(?<directory>[^/]+\/)(?<kind>buildpack|extension)\.toml$/.exec(path)?.groups ?? {};
  return directory === undefined ? [] : [{ directory, kind: kind === "extension" ? kind : "buildpack" }];
}

function isProgram(name: string): boolean {
  return programs.some((program) => program === name);
}

function decode(text: Buffer, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch (error) {
    throw new ArchiveError(`its ${name} is not UTF-8 text`, { cause: error });
  }
}
