/** One way to log in that a server offers. */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads a `WWW-Authenticate` header, which may hold several challenges (and several headers come as one, with commas).
 * What follows no rule is passed over. Source: RFC 9110, section 11.6.1.
 */
export function readChallenges(header: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  const parts =
    /(?<name>[!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s,"]*))|(?<scheme>[!#$%&'*+.^_`|~\w-]+)/g;
  for (const { groups = {} } of header.matchAll(parts)) {
    const { name, quoted, bare, scheme } = groups;
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) {
      const value = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
      found.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return found;
}
