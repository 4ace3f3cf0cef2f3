import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../../diagnostics/diagnostic.ts";
import { parseReference } from "../../image/reference.ts";
import {
  type DeclaredBinding,
  type DeclaredSecret,
  declarationFaults,
  parseBinding,
} from "../declarations.ts";
import type { ReadOption } from "../option.ts";
import { badCacheScope, parseCacheScope } from "./cache-scope.ts";
import { type DeclaredVolume, parseVolumeItem } from "./volumes.ts";
import { readWorkspaceMode } from "./workspace-mode.ts";

/** Name of an image, wherever it is. */
export const readImageName: ReadOption<string> = (text, location, found) => {
  if (parseReference(text) !== undefined) return text;
  found.push(diagnose("plan/bad-reference", { text }, location));
  return undefined;
};

/** A name that stands in a command line of the lifecycle and in the image's config. */
const name = /^[A-Za-z0-9._-]+$/;

export const readExecEnv: ReadOption<string> = (text, location, found) => {
  if (name.test(text)) return text;
  found.push(diagnose("cli/bad-exec-env", { text }, location));
  return undefined;
};

export const readProcessType: ReadOption<string> = (text, location, found) => {
  if (name.test(text)) return text;
  found.push(diagnose("cli/bad-process-type", { text }, location));
  return undefined;
};

export const readCacheId: ReadOption<string> = (text, location, found) => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text)) return text;
  found.push(diagnose("plan/bad-cache-id", { cacheId: text }, location));
  return undefined;
};

export const readCacheScopeText: ReadOption<string> = (text, { file = "" }, found) => {
  if (parseCacheScope(text) !== undefined) return text;
  found.push(badCacheScope(text, file));
  return undefined;
};

/** Four octal digits. */
export const readMode: ReadOption<string> = (text, location, found) => {
  const mode = readWorkspaceMode(text);
  if (mode === undefined) found.push(diagnose("plan/bad-workspace-mode", { text }, location));
  return mode;
};

export const readSecret: ReadOption<DeclaredSecret> = (name, location, found) => {
  const secret = { name, location };
  const faults = declarationFaults({ secrets: [secret], bindings: [] });
  found.push(...faults.map(({ values }) => diagnose("descriptor/declared-name", values, location)));
  return faults.length === 0 ? secret : undefined;
};

/** Reads one of some texts. In: what is said of any other. */
function oneOf(
  texts: readonly string[],
  fault: (text: string, location: SourceLocation) => Diagnostic,
): ReadOption<string> {
  return (text, location, found) => {
    if (texts.includes(text)) return text;
    found.push(fault(text, location));
    return undefined;
  };
}

const secretPolicies = ["rebuild", "ignore"];
export const readSecretPolicy = oneOf(secretPolicies, (text, location) =>
  diagnose("cli/bad-secret-policy", { text, policies: secretPolicies }, location),
);

const extensionsPolicies = ["apply", "refuse"];
export const readExtensionsPolicy = oneOf(extensionsPolicies, (text, location) =>
  diagnose("frontend/extension-policy", { text, policies: extensionsPolicies }, location),
);

const extensionsNetworks = ["default", "none"];
export const readExtensionsNetwork = oneOf(extensionsNetworks, (text, location) =>
  diagnose("frontend/extension-network", { text, networks: extensionsNetworks }, location),
);

export const readSecretsVersion: ReadOption<string> = (text, location, found) => {
  if (/^[A-Za-z0-9._:+-]{1,128}$/.test(text)) return text;
  // What was written may be the secret itself.
  found.push(diagnose("plan/bad-secrets-version", {}, location));
  return undefined;
};

export const readSshAgent: ReadOption<DeclaredSecret> = (name, location, found) => {
  const ssh = { name, location };
  const faults = declarationFaults({ secrets: [], bindings: [], ssh });
  found.push(...faults.map(({ values }) => diagnose("descriptor/declared-name", values, location)));
  return faults.length === 0 ? ssh : undefined;
};

export const readBinding: ReadOption<DeclaredBinding> = (text, location, found) => {
  const parsed = parseBinding(text);
  if (parsed === undefined) {
    found.push(diagnose("cli/bad-binding", { text }, location));
    return undefined;
  }
  const binding = { ...parsed, location };
  const faults = declarationFaults({ secrets: [], bindings: [binding] });
  found.push(...faults.map(({ values }) => diagnose("descriptor/declared-name", values, location)));
  return faults.length === 0 ? binding : undefined;
};

export const readVolumeItem: ReadOption<DeclaredVolume> = (text, location, found) => {
  const volume = parseVolumeItem(text, location);
  if (volume === undefined) found.push(diagnose("frontend/bad-volume", { text }, location));
  return volume;
};
