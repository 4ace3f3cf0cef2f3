import { type ImageReference, parseReference } from "../image/reference.ts";
import { present } from "../present.ts";
import type { BuildpackContext, RegistryName } from "./module-source.ts";

/** What a buildpack's uri, or its id, names. */
export type Locator =
  | { readonly kind: "builder-order" }
  | { readonly kind: "on-builder"; readonly id: string; readonly version?: string }
  | { readonly kind: "registry"; readonly name: RegistryName }
  | { readonly kind: "image"; readonly reference: ImageReference }
  | { readonly kind: "download"; readonly url: string }
  /** Path below the project's directory, or below that of a context; with `/`; empty: the directory itself. */
  | { readonly kind: "local"; readonly path: string; readonly context?: BuildpackContext }
  | { readonly kind: "invalid"; readonly reason: "scheme" | "image" | "text" | "outside" };

/** What decides the meaning of a text that has no scheme. */
export interface Surroundings {
  /** Directory that relative paths start from, seen from the project's directory; may begin with `..`. */
  readonly base: string;
  /** The context that `base` is a directory of, in place of the project. */
  readonly context?: BuildpackContext;
  /** Whether whoever builds wrote the text, who alone can name what he hands over. */
  readonly isOption: boolean;
  readonly isOnBuilder: (id: string, version: string | undefined) => boolean;
  /** Whether there is something at a path below that directory. */
  readonly isThere: (path: string) => Promise<boolean>;
}

/** `from=builder`: the whole of the builder's order. */
const wholeBuilder = "from=builder";
const registryPrefix = "urn:cnb:registry:";
const contextPrefix = "context://";

/**
 * Reads a locator. What is tried, and in which order, is pack's: a builder's buildpack, the registry, a scheme; without
 * one a path that exists, a builder's buildpack, a registry name, an image name.
 */
export async function readLocator(text: string, surroundings: Surroundings): Promise<Locator> {
  if (text === wholeBuilder) return { kind: "builder-order" };
  const named = /^(?:urn:cnb:builder:|from=builder:)(?<id>[^@]+)(?:@(?<version>.+))?$/.exec(text)?.groups;
  if (named !== undefined) return onBuilder(named.id ?? "", named.version);
  if (/^(?:urn:cnb:builder:|from=builder:)/.test(text)) return { kind: "invalid", reason: "text" };
  if (text.startsWith(registryPrefix)) {
    const name = registryName(text.slice(registryPrefix.length));
    return name === undefined ? { kind: "invalid", reason: "text" } : { kind: "registry", name };
  }
  if (surroundings.isOption && text.startsWith(contextPrefix)) {
    return inContext(text.slice(contextPrefix.length));
  }
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):\//i.exec(text)?.groups?.scheme?.toLowerCase();
  if (scheme !== undefined) return withScheme(scheme, text);
  return withoutScheme(text, surroundings);
}

function withScheme(scheme: string, text: string): Locator {
  switch (scheme) {
    case "docker": {
      const reference = parseReference(text.replace(/^docker:\/{1,2}/i, ""));
      return reference === undefined ? { kind: "invalid", reason: "image" } : { kind: "image", reference };
    }
    case "http":
    case "https":
      return URL.canParse(text) ? { kind: "download", url: text } : { kind: "invalid", reason: "text" };
    case "file":
      // An address of this machine's disk: another machine that makes the same file has another one.
      return { kind: "invalid", reason: "outside" };
    default:
      return { kind: "invalid", reason: "scheme" };
  }
}

/** `local-buildpack-1`, a directory that is handed over by this name, or `local-buildpack-1/PATH`, something in it. */
function inContext(text: string): Locator {
  const [context = "", ...names] = text.split("/");
  const path = joinPath("", names.join("/"));
  if (!isBuildpackContext(context) || path === undefined) return { kind: "invalid", reason: "text" };
  return { kind: "local", path, context };
}

export function isBuildpackContext(name: string): name is BuildpackContext {
  return /^local-buildpack-[1-9][0-9]*$/.test(name);
}

/** The text that names something in a context. In: a path below its directory; empty: the directory itself. */
export function contextLocator(context: BuildpackContext, path: string): string {
  return `${contextPrefix}${context}${path === "" ? "" : `/${path}`}`;
}

async function withoutScheme(
  text: string,
  { base, context, isOnBuilder, isThere }: Surroundings,
): Promise<Locator> {
  const path = joinPath(base, text);
  // A path that says so is one, whether it leads somewhere or not.
  const isPath = /^\.{0,2}\//.test(text) || text === "." || text === "..";
  if (path === undefined && isPath) return { kind: "invalid", reason: "outside" };
  if (path !== undefined && (isPath || (await isThere(path)))) {
    return { kind: "local", path, ...present({ context }) };
  }
  const [, id = "", version] = /^([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  if (isOnBuilder(id, version)) return onBuilder(id, version);
  const name = registryName(text);
  if (name !== undefined) return { kind: "registry", name };
  const reference = parseReference(text);
  return reference === undefined ? { kind: "invalid", reason: "text" } : { kind: "image", reference };
}

function onBuilder(id: string, version: string | undefined): Locator {
  return { kind: "on-builder", id, ...present({ version }) };
}

/** `ns/name[@semver]`, in lower case. Undefined: it is no such name. */
function registryName(text: string): RegistryName | undefined {
  const groups =
    /^(?<namespace>[a-z0-9][a-z0-9._-]*)\/(?<name>[a-z0-9][a-z0-9._-]*)(?:@(?<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?))?$/.exec(
      text,
    )?.groups;
  if (groups?.namespace === undefined || groups.name === undefined) return undefined;
  const { namespace, name, version } = groups;
  return { namespace, name, ...present({ version }) };
}

/** Undefined: the path leads out of the directory that `base` is below, or is an absolute one. */
export function joinPath(base: string, path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of `${base}/${path}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts[0] === ".." ? undefined : parts.join("/");
}
