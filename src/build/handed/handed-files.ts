import { layoutParts } from "../../engines/clients/buildkit.ts";
import { formatAttributes, parseAttributes } from "../../engines/outputs/build-output.ts";
import { type Border, requireInside } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { requireOwnLinks } from "../caches/cache-place.ts";

/** What is handed to BuildKit's client, as it was written, by the flag that names it. */
export interface HandedTexts {
  readonly secret?: readonly string[];
  readonly ssh?: readonly string[];
  readonly binding?: readonly string[];
  readonly buildContext?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
}

/** Variables of this machine, by which a secret can be meant. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Looks at the files and directories that BuildKit's client reads for a flag, as for those that we read: what lies in the
 * project leads nowhere out of it. In: the variables by which a secret can be meant. Throws CompileError.
 */
export function requireHandedFiles(handed: HandedTexts, border: Border, env: Environment): void {
  const { secret = [], ssh = [], buildContext = [], cacheFrom = [] } = handed;
  for (const path of secret.flatMap((text) => secretFile(text, env))) requireInside("--secret", path, border);
  for (const path of ssh.flatMap(agentFiles)) requireInside("--ssh", path, border);
  for (const text of buildContext) requireContext(text.slice(text.indexOf("=") + 1), border);
  for (const text of cacheFrom) {
    const { type, src } = parseAttributes(text) ?? {};
    if (type === "local" && src !== undefined) requireLayout(src, "--cache-from", border);
  }
}

/** Where the value of a secret is. */
type SecretSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "variable"; readonly name: string };

/**
 * In: a secret in the syntax of `--secret`. Undefined: it has no id.
 * Source: docker, `--secret`; BuildKit, `secretsprovider`: an id alone is a variable if there is one, else a file.
 */
export function secretSource(text: string, env: Environment): SecretSource | undefined {
  const { type, id, src, source = src, env: variable } = parseAttributes(text) ?? {};
  if (type === "env" || variable !== undefined) {
    const name = variable ?? source ?? id;
    return name === undefined ? undefined : { kind: "variable", name };
  }
  if (source !== undefined) return { kind: "file", path: source };
  if (id === undefined) return undefined;
  return type === undefined && env[id] !== undefined
    ? { kind: "variable", name: id }
    : { kind: "file", path: id };
}

function secretFile(text: string, env: Environment): string[] {
  const found = secretSource(text, env);
  if (found?.kind !== "file") return [];
  const { src, source } = parseAttributes(text) ?? {};
  // Of two, the client takes the last.
  return [found.path, src, source].filter((path) => path !== undefined);
}

/** Beginnings of what is no directory. */
const isElsewhere = /^(?:[a-z][a-z\d+.-]*:\/\/|git@|target:)/i;

/** `default`, `ID=SOCKET`, `ID=KEY,KEY`. */
function agentFiles(text: string): string[] {
  const at = text.indexOf("=");
  return at === -1
    ? []
    : text
        .slice(at + 1)
        .split(",")
        .filter((path) => path !== "" && !/^raw=/.test(path));
}

/** A directory, or an image in one; what is elsewhere has another beginning. */
function requireContext(value: string, border: Border): void {
  if (value.startsWith("oci-layout://"))
    requireLayout(layoutParts(value).directory, "--build-context", border);
  else if (!isElsewhere.test(value)) requireInside("--build-context", value, border);
}

function requireLayout(path: string, flag: string, border: Border): void {
  requireOwnLinks({ kind: "directory", path: plainPath(path), shown: path }, border, flag);
}

/**
 * The texts with each path in them as `plainPath` has it: some of the client's parts open a path as it was written, others
 * take `LINK/..` out of it first. In: texts that were looked at.
 */
export function withPlainPaths(handed: HandedTexts, env: Environment): HandedTexts {
  const { secret, ssh, buildContext, cacheFrom, cacheTo } = handed;
  return {
    ...handed,
    ...(secret && { secret: secret.map((text) => plainSecret(text, env)) }),
    ...(ssh && { ssh: ssh.map(plainAgent) }),
    ...(buildContext && { buildContext: buildContext.map(plainContext) }),
    ...(cacheFrom && { cacheFrom: cacheFrom.map((text) => plainCache(text, "src")) }),
    ...(cacheTo && { cacheTo: cacheTo.map((text) => plainCache(text, "dest")) }),
  };
}

function plainSecret(text: string, env: Environment): string {
  const attributes = parseAttributes(text) ?? {};
  const paths = secretFile(text, env);
  if (paths.every((path) => plainPath(path) === path)) return text;
  const { src, source, ...others } = attributes;
  const last = Object.keys(attributes).findLast((name) => name === "src" || name === "source") ?? "id";
  return formatAttributes({ ...others, src: plainPath(attributes[last] ?? "") });
}

function plainAgent(text: string): string {
  const at = text.indexOf("=") + 1;
  if (agentFiles(text).length === 0) return text;
  return `${text.slice(0, at)}${text.slice(at).split(",").map(plainPath).join(",")}`;
}

function plainContext(text: string): string {
  const at = text.indexOf("=") + 1;
  const value = text.slice(at);
  if (value.startsWith("oci-layout://")) {
    const { directory, suffix } = layoutParts(value);
    return `${text.slice(0, at)}oci-layout://${plainPath(directory)}${suffix}`;
  }
  return isElsewhere.test(value) ? text : `${text.slice(0, at)}${plainPath(value)}`;
}

function plainCache(text: string, name: "src" | "dest"): string {
  const attributes = parseAttributes(text) ?? {};
  const path = attributes[name];
  if (attributes.type !== "local" || path === undefined || plainPath(path) === path) return text;
  return formatAttributes({ ...attributes, [name]: plainPath(path) });
}
