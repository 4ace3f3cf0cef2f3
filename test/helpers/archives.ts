import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type TarEntry, tarHeader } from "../../src/layer/tar-header.ts";

/** Packs what lies in `directory` with the real tar. In: further words of tar, as `-z`. Out: `file`. */
export function pack(directory: string, file: string, ...words: string[]): string {
  execFileSync("tar", ["-C", directory, ...words, "-cf", file, "."]);
  return file;
}

/** Packs a directory's files, directories and links; gzipped where the file's name ends in `gz`. Out: `file`. */
export function packTree(directory: string, file: string): string {
  const entries = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name): OddEntry => {
    const stats = lstatSync(join(directory, name));
    const kind = stats.isSymbolicLink() ? "symlink" : stats.isDirectory() ? "directory" : "file";
    return {
      ...{ name: `./${name}`, kind, mode: stats.mode & 0o7777 },
      ...(kind === "symlink" ? { link: readlinkSync(join(directory, name)) } : {}),
      ...(kind === "file" ? { content: readFileSync(join(directory, name)) } : {}),
    };
  });
  const tar = oddTar(...entries);
  writeFileSync(file, file.endsWith("gz") ? gzipSync(tar) : tar);
  return file;
}

/** An entry that no ordinary tar program would write. */
export type OddEntry = Partial<Omit<TarEntry, "size">> & {
  readonly name: string;
  readonly content?: string | Buffer;
};

/** A tar of exactly these entries. */
export function oddTar(...entries: readonly OddEntry[]): Buffer {
  const blocks = entries.flatMap(({ content = "", ...entry }) => {
    const bytes = Buffer.from(content as string);
    const header = tarHeader({
      ...{ kind: "file", mode: 0o644, uid: 1000, gid: 1000, mtimeSeconds: 1, link: "" },
      ...entry,
      size: bytes.length,
    });
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** One image of a buildpackage. */
export interface PackageImage {
  /** What it holds. Absent: buildpacks. */
  readonly kind?: "buildpack" | "extension";
  readonly platform: string;
  /** The label `io.buildpacks.buildpack.layers` without the digests: `{"acme/x": {"1": {}}}`; absent: no label. */
  readonly modules?: Readonly<Record<string, Readonly<Record<string, object>>>>;
  /** Uncompressed. Every module is in the first, unless they are as many. */
  readonly layers: readonly Buffer[];
  readonly gzipped?: boolean;
}

/** Writes an OCI layout of these images below `directory`. `nested`: its index.json leads to the index of the images. */
export function writeLayout(directory: string, images: readonly PackageImage[], nested = false): void {
  mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
  const put = (content: Buffer | object): { digest: string; size: number } => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = digestOf(bytes).slice("sha256:".length);
    writeFileSync(join(directory, "blobs/sha256", hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const manifests = images.map(({ platform, kind = "buildpack", modules, layers, gzipped = true }) => {
    const [os, architecture] = platform.split("/");
    const diffIds = layers.map(digestOf);
    let next = 0;
    const label = Object.fromEntries(
      Object.entries(modules ?? {}).map(([id, versions]) => [
        id,
        Object.fromEntries(
          Object.entries(versions).map(([version, info]) => [
            version,
            { api: "0.10", ...info, layerDiffID: diffIds[next++] ?? diffIds[0] },
          ]),
        ),
      ]),
    );
    const config = put({
      ...{ os, architecture, rootfs: { type: "layers", diff_ids: diffIds } },
      config:
        modules === undefined ? {} : { Labels: { [`io.buildpacks.${kind}.layers`]: JSON.stringify(label) } },
    });
    const mediaType = `application/vnd.oci.image.layer.v1.tar${gzipped ? "+gzip" : ""}`;
    const manifest = put({
      ...{ schemaVersion: 2, config },
      layers: layers.map((layer) => ({ mediaType, ...put(gzipped ? gzipSync(layer) : layer) })),
    });
    return {
      ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", platform: { os, architecture } },
      ...manifest,
    };
  });
  const index = { schemaVersion: 2, manifests };
  const outer = {
    schemaVersion: 2,
    manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json", ...put(index) }],
  };
  writeFileSync(join(directory, "index.json"), JSON.stringify(nested ? outer : index));
  writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
