import { type DeclaredVolume, volumeName } from "../../options/values/volumes.ts";
import { present } from "../../present.ts";

/** What `--volume` asks for. */
type VolumeForm =
  /** Bindings as secrets: one, or all of a directory. */
  | { readonly kind: "bindings"; readonly directory: string; readonly name?: string }
  | { readonly kind: "handed"; readonly volume: DeclaredVolume; readonly directory?: string }
  | { readonly kind: "refused"; readonly reason: string };

const location = { file: "--volume" };

/**
 * Reads `DIRECTORY:TARGET[:OPTIONS]` or `NAME:TARGET:rw`, as pack has it: a name without a slash that is written to is no
 * directory. Options: `ro`, `rw`, and `public` for a binding that is no secret.
 */
export function parseVolume(text: string): VolumeForm {
  const [source = "", target = "", options = "ro", ...rest] = text.split(":");
  const refused = (reason: string): VolumeForm => ({ kind: "refused", reason });
  if (source === "" || target === "" || rest.length > 0)
    return refused("it is not written as DIRECTORY:TARGET[:ro]");
  const words = options.split(",");
  const unknown = words.find((word) => !["ro", "rw", "public"].includes(word));
  if (unknown !== undefined) return refused(`there is no option ${JSON.stringify(unknown)}`);
  const isPublic = words.includes("public");
  const bindings = /^\/platform\/bindings(?:\/(?<name>[^/]+))?\/?$/.exec(target);
  const name = bindings?.groups?.name;
  if (words.includes("rw")) {
    if (bindings !== null) return refused("a binding is read-only");
    if (!volumeName.test(source)) return refused("a build cannot write to your directories");
    return { kind: "handed", volume: { kind: "cache", name: source, target, location } };
  }
  if (bindings !== null && !isPublic) {
    return { kind: "bindings", directory: source, ...present({ name }) };
  }
  if (bindings !== null && name === undefined) return refused("a public binding needs a name");
  const directory = target.replace(/(?<=.)\/$/, "");
  return { kind: "handed", directory: source, volume: { kind: "directory", target: directory, location } };
}

/** The volumes that hold no secrets, in their order, each with its directory. Those that are wrong are left out. */
export function handedVolumes(
  texts: readonly string[],
): { readonly text: string; readonly volume: DeclaredVolume; readonly directory?: string }[] {
  return texts.flatMap((text) => {
    const form = parseVolume(text);
    return form.kind === "handed" ? [{ ...form, text }] : [];
  });
}
