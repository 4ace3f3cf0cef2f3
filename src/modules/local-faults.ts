import { type DescriptorText, readDescriptor } from "../descriptor/descriptor.ts";
import { keyPlaces } from "../descriptor/key-places.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { readLocator } from "./locator.ts";
import { invalidLocator, isPathOrName } from "./locator-faults.ts";
import type { ModuleSource } from "./module-source.ts";
import { wrongModule } from "./wrong-module.ts";

/**
 * Checks the buildpacks of a descriptor as far as the project's own files tell, before any image is asked for. In: the
 * directory of the descriptor, seen from the project's; uris that are handed over.
 * Out: errors for paths that lead to no buildpack, warnings for names that could be mistyped paths. A descriptor that
 * cannot be read has none; compiling it tells why.
 */
export async function localFaults(
  descriptor: DescriptorText,
  base: string,
  { local }: Pick<ModuleSource, "local">,
  handedUris: ReadonlyMap<string, string> = new Map(),
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { uri, location } of urisOf(descriptor)) {
    try {
      const handed = handedUris.get(uri);
      const locator = await readLocator(handed ?? uri, {
        ...(handed === undefined ? { base, isOption: false } : { base: "", isOption: true }),
        isOnBuilder: () => false,
        isThere: async (path) => (await local(path)) !== undefined,
      });
      if (locator.kind === "invalid") found.push(invalidLocator(locator.reason, uri, location));
      else if (isPathOrName(locator, uri)) found.push(diagnose("modules/path-or-name", { uri }, location));
      if (locator.kind !== "local") continue;
      const module = await local(locator.path, locator.context);
      if (module === undefined) found.push(diagnose("modules/not-found", { uri }, location));
      else found.push(...[wrongModule(module.module, uri, { kind: "buildpack", location }) ?? []].flat());
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  return found.map(keyPlaces(descriptor));
}

function urisOf(descriptor: DescriptorText) {
  try {
    const { group, pre, post } = readDescriptor(descriptor, () => undefined);
    return [...pre, ...group, ...post].filter((entry) => entry.kind === "uri");
  } catch (error) {
    if (error instanceof CompileError) return [];
    throw error;
  }
}
