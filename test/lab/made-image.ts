import { readJson, writeJson } from "./json-file.ts";
import { inState } from "./paths.ts";
import { timed } from "./progress.ts";

/**
 * Makes an image unless it was made by this very recipe and the registry still has it.
 * The record is written last: an interrupted making is done again.
 */
export async function madeImage(reference: string, recipe: string, make: () => Promise<void>): Promise<void> {
  const [registry = "", name = ""] = splitReference(reference);
  const record = inState("made", `${name.replaceAll(/[/:]/g, "_")}.json`);
  if (readJson<string>(record) === recipe && (await isPresent(registry, name))) return;
  await timed(`image ${name}`, make);
  writeJson(record, recipe);
}

async function isPresent(registry: string, name: string): Promise<boolean> {
  const [repository, tag] = name.split(":");
  const accept = ["index.v1", "manifest.v1"].map((kind) => `application/vnd.oci.image.${kind}+json`);
  const docker = ["list.v2", "v2"].map((kind) => `application/vnd.docker.distribution.manifest.${kind}+json`);
  const headers = { accept: [...accept, ...docker].join(", ") };
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${tag}`, {
    method: "HEAD",
    headers,
  });
  return response.ok;
}

/** `127.0.0.1:5000/lab/x:1` → its registry, and `lab/x:1`. */
function splitReference(reference: string): readonly string[] {
  const slash = reference.indexOf("/");
  return [reference.slice(0, slash), reference.slice(slash + 1)];
}
