import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { findInside, LeadsOutside } from "../files/read-inside.ts";
import { CompileError, type DeclaredBinding, type Diagnostic, diagnose, systemReason } from "../index.ts";
import { type Border, borderOf, requireInside } from "./border.ts";
import { leadsOutside, readText } from "./text-file.ts";

/** A binding, and the files with its keys' contents. */
export interface VolumeBinding {
  readonly binding: DeclaredBinding;
  /** By key. Of a directory in the project: without links. */
  readonly files: ReadonlyMap<string, string>;
}

const bindingsDirectory = "/platform/bindings";

/**
 * Turns a volume of pack's into the bindings that it holds: names and types are read, the keys' contents are not. Links of
 * a directory that lies in the project may not lead out of it. In: `DIRECTORY:/platform/bindings[/NAME][:ro]`. Faults are
 * added to `found`.
 */
export function readVolume(text: string, found: Diagnostic[], border: Border): VolumeBinding[] {
  const refuse = (reason: string): VolumeBinding[] => {
    found.push(diagnose("cli/bad-volume", { text, reason }, { file: "--volume" }));
    return [];
  };
  const [directory = "", target = "", mode = "ro", ...rest] = text.split(":");
  if (directory === "" || rest.length > 0) return refuse("it is not written as DIRECTORY:TARGET[:ro]");
  if (!mode.split(",").includes("ro")) return refuse("nothing outside the image can be written in a build");
  const name = new RegExp(`^${bindingsDirectory}(?:/(?<name>[^/]+))?/?$`).exec(target);
  if (name === null) return refuse(`its target is not below ${bindingsDirectory}`);
  try {
    const own = name.groups?.name;
    const limit = borderOf(directory, border);
    // Its names alone, of files of the user's, are none of the project's.
    requireInside("--volume", directory, border);
    return own === undefined
      ? entriesOf(directory).map((entry) => readBinding(entry, join(directory, entry), limit))
      : [readBinding(own, directory, limit)];
  } catch (error) {
    if (error instanceof CompileError) {
      found.push(...error.diagnostics);
      return [];
    }
    return refuse(systemReason(error));
  }
}

/** Source: Service Binding Specification for Kubernetes, "Workload Projection": a file for each key, one of them `type`. */
function readBinding(name: string, directory: string, border: string | undefined): VolumeBinding {
  const files = entriesOf(directory).flatMap((entry): [string, string][] => {
    const { path, stats } = followed(join(directory, entry), border);
    return stats?.isFile() === true ? [[entry, path]] : [];
  });
  const type = join(directory, "type");
  const keys = files.filter(([key]) => key !== "type");
  const binding = {
    name,
    type: readText(type, type, border).trim(),
    keys: keys.map(([key]) => key),
    location: { file: "--volume" },
  };
  return { binding, files: new Map(keys) };
}

/** Throws CompileError where the path leads out of the project. */
function followed(
  path: string,
  border: string | undefined,
): { readonly path: string; readonly stats?: Stats } {
  if (border === undefined) return { path, stats: statSync(path) };
  try {
    return findInside(path, border);
  } catch (error) {
    if (!(error instanceof LeadsOutside)) throw error;
    throw new CompileError([leadsOutside(path, error)], { cause: error });
  }
}

/** Names that begin with a dot are a Kubernetes volume's own. */
function entriesOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((entry) => !entry.startsWith("."))
    .sort();
}
