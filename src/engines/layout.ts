import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const indexSchema = v.object({ manifests: v.tupleWithRest([v.object({ digest: v.string() })], v.unknown()) });

/** Digest of what an OCI layout holds. Undefined: the directory is no such layout, or an empty one. */
export function layoutDigest(directory: string): string | undefined {
  try {
    const { manifests } = v.parse(
      indexSchema,
      JSON.parse(readFileSync(join(directory, "index.json"), "utf8")),
    );
    return manifests[0].digest;
  } catch {
    return undefined;
  }
}

/**
 * Has an OCI layout hold what another one holds, which is used up. Blobs are named by their content: they come first,
 * one rename makes them count, and what nothing names any more goes last. Whoever reads it meanwhile, or after a kill,
 * finds the old one or the new one whole. Throws node's error.
 */
export function replaceLayout(from: string, to: string): void {
  const names = readdirSync(join(from, blobs));
  mkdirSync(join(to, blobs), { recursive: true });
  for (const name of names) {
    if (!existsSync(join(to, blobs, name))) renameSync(join(from, blobs, name), join(to, blobs, name));
  }
  for (const name of ["oci-layout", "index.json"]) {
    if (existsSync(join(from, name))) renameSync(join(from, name), join(to, name));
  }
  const wanted = new Set(names);
  for (const name of readdirSync(join(to, blobs))) {
    if (!wanted.has(name)) rmSync(join(to, blobs, name), { force: true });
  }
  rmSync(from, { recursive: true, force: true });
}

const blobs = join("blobs", "sha256");
