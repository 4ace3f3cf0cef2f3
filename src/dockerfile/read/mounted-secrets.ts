import type { Dockerfile } from "../dockerfile.ts";

/** A secret or an ssh agent that a step mounts. */
interface WrittenSecret {
  readonly id: string;
  readonly required: boolean;
}

/** The secrets of all stages, each once. */
export function mountedSecrets(dockerfile: Dockerfile): WrittenSecret[] {
  return mounted(dockerfile, "secret");
}

/** The ssh agents of all stages, each once. */
export function mountedAgents(dockerfile: Dockerfile): WrittenSecret[] {
  return mounted(dockerfile, "ssh");
}

/** Without an id, a secret has that of its target, and an agent the usual one. Source: Dockerfile reference, `--mount`. */
function mounted({ stages }: Dockerfile, type: "secret" | "ssh"): WrittenSecret[] {
  const mounts = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword }) => keyword === "RUN")
    .flatMap(({ flags }) => flags)
    .filter(({ name }) => name === "mount")
    .map(({ value = "" }) => new Map(value.split(",").map(keyAndValue)))
    .filter((mount) => mount.get("type") === type);
  const found = new Map<string, WrittenSecret>();
  for (const mount of mounts) {
    const target = mount.get("target") ?? mount.get("dst") ?? mount.get("destination");
    const id = mount.get("id") ?? (type === "ssh" ? "default" : target?.replace(/^.*\//, ""));
    if (id === undefined) continue;
    const required = /^(?:true|1)$/.test(mount.get("required") ?? "");
    // Needed by one step is needed.
    found.set(id, { id, required: required || found.get(id)?.required === true });
  }
  return [...found.values()];
}

function keyAndValue(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, "true"] : [text.slice(0, at), text.slice(at + 1)];
}
