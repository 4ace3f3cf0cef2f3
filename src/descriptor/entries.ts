import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { checkEnvVariable, lastOfEachName } from "./env-name.ts";
import { fileNameFault } from "./file-name.ts";
import type { BuildpackEntry, EnvVariable, ProjectDescriptor } from "./project-descriptor.ts";

/** A table. Valibot's own object schema takes lists as well, which are what `[[name]]` makes where `[name]` is meant. */
export function table<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(v.custom<object>(isTable), v.object(entries));
}

/** Whether a value is a table of TOML: no list, no date. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Shapes that every schema version shares. */
export const buildpackEntrySchema = table({
  id: v.optional(v.string()),
  version: v.optional(v.string()),
  uri: v.optional(v.string()),
  script: v.optional(
    table({ api: v.optional(v.string()), shell: v.optional(v.string()), inline: v.optional(v.string()) }),
  ),
});
export const envEntrySchema = table({ name: v.string(), value: v.string() });
export const licenseSchema = table({ type: v.optional(v.string()), uri: v.optional(v.string()) });

/** Where faults are found and noted: the file, and the list they are added to. */
export interface Faults {
  readonly file: string;
  readonly text: string;
  readonly found: Diagnostic[];
}

/** Reads the entries of a group. In: where the list stands (`io.buildpacks.group`). Faults go to `faults`. */
export function readBuildpackEntries(
  entries: readonly v.InferOutput<typeof buildpackEntrySchema>[],
  keyPath: string,
  faults: Faults,
): BuildpackEntry[] {
  return entries.flatMap((entry, index) => readBuildpackEntry(entry, `${keyPath}[${index}]`, faults) ?? []);
}

/** Source: pack's reader: an entry is an inline script only if it has an id, a script and no uri. */
function readBuildpackEntry(
  entry: v.InferOutput<typeof buildpackEntrySchema>,
  keyPath: string,
  { file, found }: Faults,
): BuildpackEntry | undefined {
  const { id = "", version, uri = "", script } = entry;
  const location = { file, keyPath };
  if (id === "" && uri === "") {
    found.push(diagnose("descriptor/buildpack-unnamed", undefined, location));
    return undefined;
  }
  if (uri !== "") {
    if (version !== undefined && version !== "") {
      found.push(diagnose("descriptor/buildpack-uri-and-version", undefined, location));
    }
    return { kind: "uri", uri, keyPath };
  }
  if (script?.inline !== undefined && script.inline !== "") {
    if (script.api === undefined || script.api === "") {
      found.push(diagnose("descriptor/script-without-api", undefined, location));
    }
    for (const [what, name] of [
      ["id", id],
      ["version", version ?? ""],
    ] as const) {
      const reason = moduleNameFault(what, name);
      if (reason !== undefined)
        found.push(diagnose("descriptor/buildpack-name", { what, name, reason }, location));
    }
    return {
      kind: "inline",
      id,
      version: version === undefined || version === "" ? "0.0.0" : version,
      api: script.api ?? "",
      shell: script.shell === undefined || script.shell === "" ? "/bin/sh" : script.shell,
      script: script.inline,
      keyPath,
    };
  }
  return { kind: "named", id, ...(version === undefined || version === "" ? {} : { version }), keyPath };
}

/** What keeps an inline buildpack's id or version from being a directory's name on the builder. */
function moduleNameFault(what: "id" | "version", name: string): string | undefined {
  const reason = fileNameFault(name);
  // An id's slashes become underscores.
  return reason === undefined && what === "version" && name.includes("/") ? "it contains `/`" : reason;
}

/** What every schema version says in the same way, wherever it stands. Empty texts count as absent. */
export function commonFields(
  said: {
    readonly id: string | undefined;
    readonly builder: string | undefined;
    readonly builderKeyPath: string;
    readonly include: readonly string[] | undefined;
    readonly exclude: readonly string[] | undefined;
  },
  { file, text }: Faults,
): Pick<ProjectDescriptor, "file" | "text" | "id" | "builder" | "include" | "exclude"> {
  const { id = "", builder = "", builderKeyPath: keyPath, include, exclude } = said;
  return {
    file,
    text,
    ...(id === "" ? {} : { id }),
    ...(builder === "" ? {} : { builder: { reference: builder, keyPath } }),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

/** Reads build-time variables; a name given twice has its last value, as with pack. */
export function readBuildEnv(
  entries: readonly EnvVariable[],
  keyPath: string,
  { file, found }: Faults,
): EnvVariable[] {
  found.push(
    ...entries.flatMap((entry, index) => checkEnvVariable(entry, { file, keyPath: `${keyPath}[${index}]` })),
  );
  return lastOfEachName(entries);
}

/** Checks licenses: they have no effect on the image, but pack refuses an empty one and so do we. */
export function checkLicenses(
  licenses: readonly v.InferOutput<typeof licenseSchema>[],
  keyPath: string,
  { file, found }: Faults,
): void {
  for (const [index, { type, uri }] of licenses.entries()) {
    if ((type ?? "") === "" && (uri ?? "") === "") {
      found.push(diagnose("descriptor/license-empty", undefined, { file, keyPath: `${keyPath}[${index}]` }));
    }
  }
}
