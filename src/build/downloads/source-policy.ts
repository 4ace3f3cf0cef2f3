/** BuildKit's `moby.buildkit.v1.sourcepolicy.Policy`, as JSON: rules count in their order, the last one that matches decides. */
export interface SourcePolicy {
  readonly version: 1;
  readonly rules: readonly PolicyRule[];
}

interface PolicyRule {
  readonly action: "ALLOW" | "DENY" | "CONVERT";
  readonly selector: { readonly identifier: string; readonly match_type?: "EXACT" | "WILDCARD" | "REGEX" };
  readonly updates?: { readonly identifier: string };
}

/**
 * Where a refused URL is converted to: nothing listens on port 0, on any machine, and a proxy is never asked for a loopback address. BuildKit
 * answers a denied request, too, but records it nowhere; a converted one it records, with the URL behind this.
 */
const refusal = "http://127.0.0.1:0/not-allowed/";

/** The URL that a recorded one was before it was refused. Undefined: it was not. */
export function refusedUrl(recorded: string): string | undefined {
  if (!recorded.startsWith(refusal)) return undefined;
  return withoutUsualPort(recorded.slice(refusal.length));
}

/** The URLs that a message of BuildKit's has in that form. */
export function refusedUrlsIn(text: string): string[] {
  return text.split(/[\s"]+/).flatMap((word) => refusedUrl(word) ?? []);
}

function withoutUsualPort(url: string): string {
  return url.replace(/^(http:\/\/[^/?]+):80(?=[/?]|$)|^(https:\/\/[^/?]+):443(?=[/?]|$)/, "$1$2");
}

/** How long an expression may be, and how deep: Go's reader refuses expressions that are nested a thousand levels. */
const maxExpressionLength = 1024 * 1024;
const maxDepth = 300;

/**
 * Denies every HTTP and HTTPS source that is not in the list; images and git repositories are no such sources. What is denied has no
 * trace in BuildKit, so one more rule names it: it converts whatever is in no entry. BuildKit converts only GET requests and denies others.
 * In: URLs, each of which may end in `*`.
 */
export function allowedPolicy(urls: readonly string[]): SourcePolicy {
  const all = urls.flatMap(identifiers);
  const naming = expressionOfOthers([...all, `${refusal}*`]);
  const allow = (identifier: string): PolicyRule => ({
    action: "ALLOW",
    selector: { identifier, match_type: identifier.endsWith("*") ? "WILDCARD" : "EXACT" },
  });
  return {
    version: 1,
    rules: [
      ...(naming.length > maxExpressionLength
        ? []
        : [
            {
              action: "CONVERT",
              selector: { identifier: naming, match_type: "REGEX" },
              updates: { identifier: `${refusal}\${0}` },
            } as const,
          ]),
      { action: "DENY", selector: { identifier: "http://*", match_type: "WILDCARD" } },
      { action: "DENY", selector: { identifier: "https://*", match_type: "WILDCARD" } },
      ...all.map(allow),
      allow(`${refusal}*`),
    ],
  };
}

/** BuildKit records a URL without a usual port, and asks the policy for a step's with it. */
function identifiers(url: string): string[] {
  const [, scheme, host, rest = ""] = /^(https?):\/\/([^/?]+)(.*)$/.exec(url) ?? [];
  if (scheme === undefined || host === undefined || /:\d+$/.test(host)) return [url];
  return [url, `${scheme}://${host}:${scheme === "http" ? 80 : 443}${rest}`];
}

interface Node {
  readonly children: Map<string, Node>;
  isEnd: boolean;
  /** Whether whatever comes after it counts, too. */
  isOpen: boolean;
}

/**
 * An expression for all HTTP and HTTPS URLs but these. Go's expressions have nothing for "all but", so it follows the entries character by
 * character: at each, anything but what some entry goes on with. It says nothing of a URL that an entry has much in common with.
 */
export function expressionOfOthers(urls: readonly string[]): string {
  const schemes = ["http://", "https://"].flatMap((scheme) => {
    const own = urls.filter((url) => url.startsWith(scheme)).map((url) => url.slice(scheme.length));
    const others = othersBelow(treeOf(own), 0);
    return others === undefined ? [] : [`${scheme}(?:${others})`];
  });
  return `^(?:${schemes.join("|")})$`;
}

function treeOf(texts: readonly string[]): Node {
  const root: Node = { children: new Map(), isEnd: false, isOpen: false };
  for (const text of texts) {
    let node = root;
    for (const character of text.endsWith("*") ? text.slice(0, -1) : text) {
      const next = node.children.get(character) ?? { children: new Map(), isEnd: false, isOpen: false };
      node.children.set(character, next);
      node = next;
    }
    if (text.endsWith("*")) node.isOpen = true;
    else node.isEnd = true;
  }
  return root;
}

/** Undefined: there are none, or none that are told. */
function othersBelow({ children, isEnd, isOpen }: Node, depth: number): string | undefined {
  if (isOpen || depth > maxDepth) return undefined;
  if (children.size === 0) return isEnd ? ".+" : ".*";
  const next = [...children.keys()].map(literal).join("");
  const below = [...children].flatMap(([character, child]) => {
    const others = othersBelow(child, depth + 1);
    return others === undefined ? [] : [`${literal(character)}(?:${others})`];
  });
  return [`[^${next}].*`, ...below, ...(isEnd ? [] : [""])].join("|");
}

function literal(character: string): string {
  return /^[A-Za-z0-9/]$/.test(character)
    ? character
    : `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
