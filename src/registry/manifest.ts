import * as v from "valibot";

/** Media types that we understand. Source: OCI image spec and Docker's image manifest v2 schema 2. */
const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
export const acceptedTypes = [...indexTypes, ...manifestTypes].join(", ");

/** `sha256:` and 64 hexadecimal digits. */
export const digestSchema = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const indexSchema = v.object({
  manifests: v.array(
    v.object({
      digest: digestSchema,
      platform: v.optional(
        v.object({ os: v.string(), architecture: v.string(), variant: v.optional(v.string()) }),
      ),
    }),
  ),
});
const manifestSchema = v.object({ config: v.object({ digest: digestSchema }) });

export type Manifest =
  | ({ readonly kind: "index" } & v.InferOutput<typeof indexSchema>)
  | ({ readonly kind: "manifest" } & v.InferOutput<typeof manifestSchema>);

/** Reads an index or a manifest; the keys tell which, whatever the media type says. Undefined: neither. */
export function readManifest(value: unknown): Manifest | undefined {
  const index = v.safeParse(indexSchema, value);
  if (index.success) return { kind: "index", ...index.output };
  const manifest = v.safeParse(manifestSchema, value);
  return manifest.success ? { kind: "manifest", ...manifest.output } : undefined;
}
