import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { KeyedOptions } from "../options/compiled-options.ts";
import { present } from "../present.ts";
import { checkEnvVariable } from "./env-name.ts";
import type { Faults } from "./faults.ts";
import { fileNameFault } from "./file-name.ts";
import type {
  BuildpackEntry,
  DescriptorVariable,
  EnvVariable,
  ProjectDescriptor,
} from "./project-descriptor.ts";
import { type ownSchema, readOwn } from "./schema/own-table.ts";
import { table } from "./schema/table.ts";

/** Shapes that every schema version shares. In: what a version adds. */
export function buildpackEntry<const Added extends v.ObjectEntries>(added: Added) {
  return table({
    id: v.optional(v.string()),
    version: v.optional(v.string()),
    uri: v.optional(v.string()),
    script: v.optional(
      table({ api: v.optional(v.string()), shell: v.optional(v.string()), inline: v.optional(v.string()) }),
    ),
    ...added,
  });
}
export function envEntry<const Added extends v.ObjectEntries>(added: Added) {
  return table({ name: v.string(), value: v.string(), ...added });
}
export const licenseSchema = table({ type: v.optional(v.string()), uri: v.optional(v.string()) });

/** What an entry of any schema version says; the newest may say most. */
interface ExecEnvSaid {
  readonly "exec-env"?: readonly string[] | undefined;
}
interface BuildpackSaid extends ExecEnvSaid {
  readonly id?: string | undefined;
  readonly version?: string | undefined;
  readonly uri?: string | undefined;
  readonly script?:
    | {
        readonly api?: string | undefined;
        readonly shell?: string | undefined;
        readonly inline?: string | undefined;
      }
    | undefined;
}

/** Reads the entries of a group. In: where the list stands (`io.buildpacks.group`). Faults go to `faults`. */
export function readBuildpackEntries(
  entries: readonly BuildpackSaid[],
  keyPath: string,
  faults: Faults,
): BuildpackEntry[] {
  return entries.flatMap((entry, index) => readBuildpackEntry(entry, `${keyPath}[${index}]`, faults) ?? []);
}

/** Source: pack's reader: an entry is an inline script only if it has an id, a script and no uri. */
function readBuildpackEntry(
  entry: BuildpackSaid,
  keyPath: string,
  { file, found }: Faults,
): BuildpackEntry | undefined {
  const { id = "", version, uri = "", script } = entry;
  const at = (key: string) => ({ file, keyPath: `${keyPath}.${key}` });
  const location = { file, keyPath };
  const basis = { ...execEnvOf(entry), location: at(uri === "" ? "id" : "uri") };
  if (id === "" && uri === "") {
    found.push(diagnose("descriptor/buildpack-unnamed", undefined, location));
    return undefined;
  }
  if (uri !== "") {
    if (version !== undefined && version !== "") {
      found.push(diagnose("descriptor/buildpack-uri-and-version", undefined, at("version")));
    }
    return { kind: "uri", uri, ...basis };
  }
  if (script?.inline !== undefined && script.inline !== "") {
    if (script.api === undefined || script.api === "") {
      found.push(diagnose("descriptor/script-without-api", undefined, at("script")));
    }
    const { shell = "" } = script;
    if (shell !== "" && !shell.startsWith("/")) {
      found.push(diagnose("descriptor/script-shell", { shell }, at("script.shell")));
    }
    for (const [what, name] of [
      ["id", id],
      ["version", version ?? ""],
    ] as const) {
      const reason = moduleNameFault(what, name);
      if (reason !== undefined)
        found.push(diagnose("descriptor/buildpack-name", { what, name, reason }, at(what)));
    }
    return {
      kind: "inline",
      id,
      version: version === undefined || version === "" ? "0.0.0" : version,
      api: script.api ?? "",
      shell: shell === "" ? "/bin/sh" : shell,
      script: script.inline,
      ...basis,
    };
  }
  return { kind: "named", id, ...(version === undefined || version === "" ? {} : { version }), ...basis };
}

function execEnvOf({ "exec-env": execEnv }: ExecEnvSaid): { readonly execEnv?: readonly string[] } {
  return execEnv === undefined ? {} : { execEnv };
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
    readonly settings: "build" | "io.buildpacks";
    readonly include: readonly string[] | undefined;
    readonly exclude: readonly string[] | undefined;
    readonly own: v.InferOutput<typeof ownSchema> | undefined;
  },
  faults: Faults,
): Pick<
  ProjectDescriptor,
  "file" | "text" | "id" | "settings" | "builder" | "include" | "exclude" | keyof KeyedOptions
> {
  const { id = "", builder = "", settings, include, exclude, own } = said;
  const { file, text } = faults;
  return {
    file,
    text,
    settings,
    ...readOwn(own, faults),
    ...(id === "" ? {} : { id }),
    ...(builder === "" ? {} : { builder: { reference: builder, keyPath: `${settings}.builder` } }),
    ...present({ include, exclude }),
  };
}

/** Reads build-time variables. */
export function readBuildEnv(
  entries: readonly (EnvVariable & ExecEnvSaid)[],
  keyPath: string,
  { file, found }: Faults,
): DescriptorVariable[] {
  return entries.map((entry, index) => {
    const at = (key: string) => ({ file, keyPath: `${keyPath}[${index}].${key}` });
    const location = at("name");
    found.push(...checkEnvVariable(entry, location, at("value")));
    return { name: entry.name, value: entry.value, ...execEnvOf(entry), location };
  });
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
