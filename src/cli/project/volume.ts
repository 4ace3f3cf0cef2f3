import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { type Border, borderOf, requireInside } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { findInside, LeadsOutside } from "../../files/read-inside.ts";
import { leadsOutside, readText } from "../../files/text-file.ts";
import type { DeclaredBinding } from "../../options/declarations.ts";
import { parseVolume } from "./volume-form.ts";

/** A binding, and the files with its keys' contents. */
interface VolumeBinding {
  readonly binding: DeclaredBinding;
  /** By key. Of a directory in the project: without links. */
  readonly files: ReadonlyMap<string, string>;
}

/** Where what is found goes. */
export interface VolumeListener {
  /** Gets faults. */
  readonly found: Diagnostic[];
  /** Hears of what stays out. */
  readonly report: Report;
}

/**
 * Turns a volume of pack's into the bindings that it holds: names and types are read, the keys' contents are not. Links of
 * a directory that lies in the project may not lead out of it. In: `DIRECTORY:/platform/bindings[/NAME][:ro]`. Out:
 * nothing for a volume that holds no secrets.
 */
export function readVolume(text: string, { found, report }: VolumeListener, border: Border): VolumeBinding[] {
  const refuse = (reason: string): VolumeBinding[] => {
    found.push(diagnose("cli/bad-volume", { text, reason }, { file: "--volume" }));
    return [];
  };
  const form = parseVolume(text);
  if (form.kind === "refused") return refuse(form.reason);
  if (form.kind !== "bindings") return [];
  const { directory, name: own } = form;
  try {
    const limit = borderOf(directory, border);
    // Its names alone, of files of the user's, are none of the project's.
    requireInside("--volume", directory, border);
    const place = plainPath(directory);
    const names = own === undefined ? bindingNames(place, limit, report) : [own];
    return names.map((binding) =>
      readBinding(binding, own === undefined ? join(place, binding) : place, limit, report),
    );
  } catch (error) {
    if (error instanceof CompileError) {
      found.push(...error.diagnostics);
      return [];
    }
    return refuse(systemReason(error));
  }
}

/** Source: Service Binding Specification for Kubernetes, "Workload Projection": a file for each key, one of them `type`. */
function readBinding(
  name: string,
  directory: string,
  border: string | undefined,
  report: Report,
): VolumeBinding {
  const files = new Map<string, string>();
  const leftOut: string[] = [];
  for (const entry of readdirSync(directory).sort()) {
    // A Kubernetes volume's own: the keys are links into it.
    const file = entry.startsWith("..") ? undefined : followed(join(directory, entry), border);
    if (file?.stats?.isFile() === true) files.set(entry, file.path);
    else leftOut.push(entry);
  }
  tellLeftOut({ directory, entries: leftOut, what: "key" }, report);
  files.delete("type");
  const type = join(directory, "type");
  const binding = {
    name,
    type: readText(type, type, border).trim(),
    keys: [...files.keys()],
    location: { file: "--volume" },
  };
  return { binding, files };
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

/** The directories that can be bindings. */
function bindingNames(directory: string, border: string | undefined, report: Report): string[] {
  const entries = readdirSync(directory).sort();
  const isBinding = (entry: string) =>
    !entry.startsWith(".") && followed(join(directory, entry), border).stats?.isDirectory() === true;
  const names = entries.filter(isBinding);
  const leftOut = entries.filter((entry) => !names.includes(entry));
  tellLeftOut({ directory, entries: leftOut, what: "binding" }, report);
  return names;
}

function tellLeftOut(
  left: { readonly directory: string; readonly entries: readonly string[]; readonly what: "key" | "binding" },
  report: Report,
): void {
  if (left.entries.length > 0) report(diagnose("cli/volume-left-out", left, { file: "--volume" }));
}
