/** An index's or a manifest's fields that are read here. */
interface Manifest {
  readonly mediaType: string;
  manifests: { digest: string; size: number; readonly platform: { readonly architecture: string } }[];
  layers: { mediaType: string }[];
}

const types = ["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"];

/**
 * Gives an index of a registry without TLS another tag under which each layer has OCI's media type. `pack builder create` gives the
 * layers that it adds to an OCI image Docker's, and Buildah takes no image with both.
 */
export async function withOciTypes(
  registry: string,
  name: string,
  tag: string,
  newTag: string,
): Promise<string> {
  const manifests = `http://${registry}/v2/${name}/manifests`;
  const get = async (reference: string): Promise<Manifest> => {
    const answer = await fetch(`${manifests}/${reference}`, { headers: { accept: types.join(",") } });
    if (!answer.ok) throw new Error(`${name}:${reference}: ${answer.status}`);
    return (await answer.json()) as Manifest;
  };
  const put = async (reference: string, manifest: Manifest) => {
    const body = JSON.stringify(manifest);
    const headers = { "content-type": manifest.mediaType };
    const answer = await fetch(`${manifests}/${reference}`, { method: "PUT", headers, body });
    const digest = answer.headers.get("docker-content-digest");
    if (digest === null) throw new Error(`${name}:${reference}: ${answer.status} ${await answer.text()}`);
    return { digest, size: Buffer.byteLength(body) };
  };
  const index = await get(tag);
  for (const entry of index.manifests) {
    const manifest = await get(entry.digest);
    for (const layer of manifest.layers) layer.mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
    Object.assign(entry, await put(`${newTag}-${entry.platform.architecture}`, manifest));
  }
  await put(newTag, index);
  return `${registry}/${name}:${newTag}`;
}
