import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CompileError, type DeclaredBinding, type Diagnostic, diagnose, systemReason } from "../index.ts";
import { readText } from "./text-file.ts";

/** A binding, and the directory that its keys' contents lie in. */
export interface VolumeBinding {
  readonly binding: DeclaredBinding;
  readonly directory: string;
}

const bindingsDirectory = "/platform/bindings";

/**
 * Turns a volume of pack's into the bindings that it holds: names and types are read, the keys' contents are not.
 * In: `DIRECTORY:/platform/bindings[/NAME][:ro]`. Faults are added to `found`.
 */
export function readVolume(text: string, found: Diagnostic[]): VolumeBinding[] {
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
    return own === undefined
      ? entriesOf(directory).map((entry) => readBinding(entry, join(directory, entry)))
      : [readBinding(own, directory)];
  } catch (error) {
    if (error instanceof CompileError) {
      found.push(...error.diagnostics);
      return [];
    }
    return refuse(systemReason(error));
  }
}

/** Source: Service Binding Specification for Kubernetes, "Workload Projection": a file for each key, one of them `type`. */
function readBinding(name: string, directory: string): VolumeBinding {
  const files = entriesOf(directory).filter((entry) => statSync(join(directory, entry)).isFile());
  const binding = {
    name,
    type: readText(join(directory, "type"), join(directory, "type")).trim(),
    keys: files.filter((file) => file !== "type"),
    location: { file: "--volume" },
  };
  return { binding, directory };
}

/** Names that begin with a dot are a Kubernetes volume's own. */
function entriesOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((entry) => !entry.startsWith("."))
    .sort();
}
