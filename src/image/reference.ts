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
}

const host = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?`;
const component = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const path = `${component}(?:/${component})*`;
const grammar = new RegExp(
  String.raw`^(?<name>(?:${host}/)?${path})(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** Longest repository name that registries accept, in characters. */
const maxNameLength = 255;

/** Reads an image name. Undefined: the text is not one. */
export function parseReference(text: string): ImageReference | undefined {
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
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
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

/** The same image, pinned: `name:tag@sha256:…`, which people and Renovate can both read. */
export function pinReference(reference: ImageReference, digest: string): ImageReference {
  const tag = reference.tag ?? (reference.digest === undefined ? "latest" : undefined);
  return { ...reference, ...(tag === undefined ? {} : { tag }), digest };
}
