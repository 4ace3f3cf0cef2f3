import { present } from "../present.ts";

/**
 * An image's name as users write it, taken apart.
 * Source: the grammar of the distribution project's `reference` package, which docker and pack follow.
 */
export interface ImageReference {
  /** As written, without tag and digest: `heroku/builder`, `127.0.0.1:5000/acme/run`. */
  readonly name: string;
  /** Host that answers for it: `docker.io` when the name has none. */
  readonly registry: string;
  /** Path at that host: `library/node`. */
  readonly repository: string;
  /** Absent: `latest` is meant, unless there is a digest. */
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
  /** Absent: its registry. */
  readonly place?: ImagePlace;
}

/** Where an image is that is in no registry. */
type ImagePlace =
  /** A directory, as the user wrote it; `name` is then made up from it, at a host that nobody can have. */
  { readonly kind: "oci-layout"; readonly path: string } | { readonly kind: "docker-daemon" };

const host = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?`;
const component = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const path = `${component}(?:/${component})*`;
const grammar = new RegExp(
  String.raw`^(?<name>(?:${host}/)?${path})(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** Longest repository name that registries accept, in characters. */
const maxNameLength = 255;

/** `oci-layout://PATH[:TAG][@DIGEST]`, as buildx writes it. */
const layoutGrammar =
  /^oci-layout:\/\/(?<path>[^\0\n\r]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const daemonPrefix = "docker-daemon://";
/** Reserved for names that never exist (RFC 2606): a build that is not told where the layout is finds no other image. */
const layoutHost = "oci-layout.invalid";

/** Reads an image name, `oci-layout://PATH[:TAG][@DIGEST]` or `docker-daemon://NAME`. Undefined: the text is none of them. */
export function parseReference(text: string): ImageReference | undefined {
  if (text.startsWith(daemonPrefix)) {
    const named = parseName(text.slice(daemonPrefix.length));
    return named && { ...named, place: { kind: "docker-daemon" } };
  }
  const { path = "", tag, digest } = layoutGrammar.exec(text)?.groups ?? {};
  if (path === "") return parseName(text);
  const components = path.toLowerCase().match(/[a-z0-9]+(?:[._-][a-z0-9]+)*/g) ?? ["layout"];
  const named = parseName(`${layoutHost}/${components.join("/")}`);
  return (
    named && {
      ...named,
      ...present({ tag, digest }),
      place: { kind: "oci-layout", path },
    }
  );
}

function parseName(text: string): ImageReference | undefined {
  const groups = grammar.exec(text)?.groups;
  const name = groups?.name;
  if (name === undefined || name.length > maxNameLength) return undefined;
  const { registry, repository } = splitName(name);
  // Without a host the first component is a path component, and those are lower case.
  if (repository !== repository.toLowerCase()) return undefined;
  const tag = groups?.tag;
  const digest = groups?.digest;
  return {
    name,
    registry,
    repository,
    ...present({ tag, digest }),
  };
}

function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // Docker's rule: the first component is a host only if it cannot be a path component, or is localhost.
  const isHost = first === "localhost" || /[.:[]/.test(first) || first !== first.toLowerCase();
  const registry = isHost ? first : "docker.io";
  const rest = isHost ? name.slice(slash + 1) : name;
  if (registry === "index.docker.io" || registry === "docker.io") {
    return { registry: "docker.io", repository: rest.includes("/") ? rest : `library/${rest}` };
  }
  return { registry, repository: rest };
}

/** Prints a reference; the tag `latest` is written out where neither tag nor digest was given. */
export function formatReference(reference: ImageReference): string {
  const { name, tag, digest } = reference;
  const shownTag = tag ?? (digest === undefined ? "latest" : undefined);
  return name + (shownTag === undefined ? "" : `:${shownTag}`) + (digest === undefined ? "" : `@${digest}`);
}

/**
 * As `formatReference`, with the registry, for those who do not know docker's short names: of `acme/run` BuildKit takes
 * `acme` for a registry. Throws where the text is no reference.
 */
export function fullName(name: ImageReference | string): string {
  const reference = typeof name === "string" ? parseReference(name) : name;
  if (reference === undefined) throw new Error(`${name} is no image name`);
  return formatReference({ ...reference, name: `${reference.registry}/${reference.repository}` });
}

/** The same image, pinned: `name:tag@sha256:…`, which people and Renovate can both read. */
export function pinReference(reference: ImageReference, digest: string): ImageReference {
  const tag = reference.tag ?? (reference.digest === undefined ? "latest" : undefined);
  return { ...reference, ...present({ tag }), digest };
}

/**
 * What `docker buildx build --build-context` has to be told, so that a FROM line finds an image that lies in a directory:
 * `NAME=oci-layout://PATH@DIGEST`. Undefined: nothing.
 */
export function buildContext(reference: ImageReference, digest: string): string | undefined {
  if (reference.place?.kind !== "oci-layout") return undefined;
  return `${formatReference(pinReference(reference, digest))}=oci-layout://${reference.place.path}@${digest}`;
}

/** A name or a digest for people: of a digest at its end only what tells it from others. */
export function shortDigest(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
