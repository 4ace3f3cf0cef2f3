import { type ModuleKind, moduleNames } from "../contract/module-kind.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import {
  CompileError,
  type Diagnostic,
  type SourceLocation,
  TemporaryError,
} from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";
import { withoutSecrets } from "../diagnostics/without-secrets.ts";
import type { Locator } from "./locator.ts";

/** What is said of a text that cannot name a buildpack. */
export function invalidLocator(
  reason: Extract<Locator, { kind: "invalid" }>["reason"],
  written: string,
  location: SourceLocation,
  kind: ModuleKind = "buildpack",
): Diagnostic {
  const uri = withoutSecrets(written);
  const module = moduleNames[kind];
  switch (reason) {
    case "scheme": {
      const suggestion = closest(uri.split(":", 1)[0] ?? "", ["docker", "https"]);
      return diagnose("modules/unknown-scheme", { module, uri, suggestion }, location);
    }
    case "image":
      return diagnose("plan/bad-reference", { text: uri }, location);
    case "text":
      return diagnose("modules/bad-locator", { module, uri }, location);
    case "outside":
      return diagnose("modules/outside-project", { module, uri }, location);
  }
}

/** What is said of an image extension that is named as only buildpacks can be. Source: pack, `processExtensions`. */
export function noExtension(
  kind: "builder-order" | "registry",
  uri: string,
  location: SourceLocation,
): Diagnostic {
  return kind === "registry"
    ? diagnose("modules/extension-registry", { uri }, location)
    : diagnose("modules/extension-from-builder", undefined, location);
}

/**
 * A text such as `backend/gateway`, at which there is no file, was taken for a name of the registry or an image. Where neither
 * was found, or could be asked for, the file that is not there is what the author has to hear of.
 * Out: undefined where the text itself says that it is no path, or the fault is another one.
 */
export function nothingNamed(
  locator: Locator,
  text: string,
  { kind, location }: { readonly kind: ModuleKind; readonly location: SourceLocation },
  error: unknown,
): CompileError | undefined {
  if (!isPathOrName(locator, text)) return undefined;
  const reason = reasonOf(error, kind);
  if (reason === undefined) return undefined;
  const values = { module: moduleNames[kind], uri: text, reason };
  return new CompileError([diagnose("modules/no-such-path", values, location)], { cause: error });
}

/** Whether a text that no file has for its path could be a mistyped path. */
export function isPathOrName({ kind }: Locator, text: string): boolean {
  return (kind === "registry" || kind === "image") && /^[^:@.]+(?:\/[^:@]+)*$/.test(text);
}

function reasonOf(error: unknown, kind: ModuleKind): string | undefined {
  if (error instanceof TemporaryError)
    return `it could not be looked up elsewhere: ${lowerFirst(error.diagnostic.message)}`;
  if (!(error instanceof CompileError)) return undefined;
  const [first] = error.diagnostics;
  const isNowhere = first?.code === "modules/not-registered" || first?.code === "plan/image-not-found";
  if (!isNowhere) return undefined;
  return kind === "extension"
    ? "neither the builder nor Docker Hub has an image extension of that name."
    : "neither the builder, the buildpack registry nor Docker Hub has it.";
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
