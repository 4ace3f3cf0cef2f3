import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../../diagnostics/diagnostic.ts";

/** A volume that whoever builds asks for; no project can. */
export type DeclaredVolume =
  /** A directory, handed over when the image is built: no secret. */
  | { readonly kind: "directory"; readonly target: string; readonly location: SourceLocation }
  /** A cache of the app's, by a name of its own. */
  | {
      readonly kind: "cache";
      readonly name: string;
      readonly target: string;
      readonly location: SourceLocation;
    };

/** A cache's name is a part of its mount's id, and docker's rule for the name of a volume. */
export const volumeName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Directories that are the build's own. A binding's below `/platform/bindings` is not among them. */
const reserved = [
  ...["/cache", "/cnb", "/cnb-dockerfile", "/dev", "/layers", "/platform", "/proc", "/run"],
  ...["/sys", "/workspace"],
];
const bindingsDirectory = "/platform/bindings/";

/**
 * Reads an item of `CNB_VOLUMES`: `PATH`, a directory that the context `volume-N` brings, or `NAME:PATH:rw`, a cache.
 * Undefined: it is neither.
 */
export function parseVolumeItem(text: string, location: SourceLocation): DeclaredVolume | undefined {
  const parts = text.split(":");
  const [first = "", target = "", mode] = parts;
  if (parts.length === 1) return { kind: "directory", target: first, location };
  const isCache = parts.length === 3 && mode === "rw" && volumeName.test(first);
  return isCache ? { kind: "cache", name: first, target, location } : undefined;
}

/** The items of `CNB_VOLUMES` for some volumes, in their order. */
export function volumeItems(volumes: readonly DeclaredVolume[]): string[] {
  return volumes.map((volume) =>
    volume.kind === "directory" ? volume.target : `${volume.name}:${volume.target}:rw`,
  );
}

/** What is wrong with the places of volumes. In: names of bindings that are secrets. */
export function volumeFaults(
  volumes: readonly DeclaredVolume[],
  bindings: readonly string[] = [],
): Diagnostic[] {
  const taken = new Map(bindings.map((name) => [`${bindingsDirectory}${name}`, "a binding has this name"]));
  return volumes.flatMap((volume) => {
    const { target, location } = volume;
    const reason = targetFault(volume) ?? taken.get(target);
    taken.set(target, "another volume is there");
    return reason === undefined ? [] : [diagnose("plan/volume-target", { target, reason }, location)];
  });
}

/** Undefined: nothing is wrong. Its characters are those that a mount can have, where nothing can be quoted. */
function targetFault({ kind, target }: DeclaredVolume): string | undefined {
  if (!/^(?:\/[A-Za-z0-9._@+-]+)+$/.test(target))
    return "it is not an absolute path of letters, digits and `._@+-`";
  if (target.split("/").some((part) => part === "." || part === "..")) return "it contains `.` or `..`";
  if (kind === "directory" && /^\/platform\/bindings\/[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(target))
    return undefined;
  const other = reserved.find((directory) => target === directory || target.startsWith(`${directory}/`));
  return other === undefined ? undefined : `${other} is the build's own`;
}
