import { type ModuleKind, moduleNames } from "../contract/module-kind.ts";
import { fileNameFault } from "../descriptor/file-name.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** What a module's TOML file says of it; empty texts where it says nothing. */
interface ModuleNames {
  readonly api: string;
  readonly id: string;
  readonly version: string;
}

/** What is wrong with the API and the name in a module's TOML file. In: what messages call the file. */
export function nameFaults(kind: ModuleKind, { api, id, version }: ModuleNames, file: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const module = moduleNames[kind];
  for (const [key, value] of Object.entries({ api, [`${kind}.id`]: id, [`${kind}.version`]: version })) {
    if (value === "") found.push(diagnose("modules/missing-key", { key }, { file, keyPath: key }));
  }
  // Source: lifecycle, `api.NewVersion`.
  if (api !== "" && !/^v?\d+(\.\d+)?$/.test(api)) {
    found.push(diagnose("modules/bad-api", { api }, { file, keyPath: "api" }));
  }
  for (const [what, value] of Object.entries({ id, version })) {
    const reason = nameFault(what, value);
    const location = { file, keyPath: `${kind}.${what}` };
    if (reason !== undefined)
      found.push(diagnose("modules/bad-name", { module, what, name: value, reason }, location));
  }
  return found;
}

/** What keeps an id or a version from being a directory's name on the builder. An id's slashes become underscores. */
function nameFault(what: string, name: string): string | undefined {
  if (what === "version" && name.includes("/")) return "it contains `/`";
  return fileNameFault(name);
}
