/** What stood in a URL before its host. Characters stand for bytes. */
export interface UrlCredentials {
  /** Whose they are, `https://git.example:8443`; no other server is given them. */
  readonly origin: string;
  readonly username: string;
  /** Absent: the name stood alone. It may be an ordinary name, whose password the user has elsewhere, or a token. */
  readonly password?: string;
}

interface SplitRemote {
  /** The URL without the credentials. */
  readonly remote: string;
  /** Absent: it has none. */
  readonly credentials?: UrlCredentials;
}

/** Takes name and password out of a URL of http or https. In: a URL that git may be handed. */
export function splitCredentials(remote: string): SplitRemote {
  const [, scheme = "", name = "", password] =
    /^(https?:\/\/)([^/?#@:]*)(?::([^/?#@]*))?@/.exec(remote) ?? [];
  if (scheme === "") return { remote };
  const rest = scheme + remote.slice(remote.indexOf("@") + 1);
  if (name === "" && password === undefined) return { remote: rest };
  const { origin } = new URL(rest);
  return {
    remote: rest,
    credentials: {
      ...{ origin, username: percentDecoded(name) },
      ...(password === undefined ? {} : { password: percentDecoded(password) }),
    },
  };
}

/** Characters stand for bytes. */
function percentDecoded(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A shorter name is a word of every second message, and no token. */
const shortestToken = 8;

/** Whether a name without a password is to be hidden wherever it stands; in a URL every name is. */
export function isLikeToken(username: string): boolean {
  return username.length >= shortestToken;
}

/**
 * Finds a password or a token in what a server says, in every form in which it could repeat it: as it is, in base64, and with
 * any of its characters encoded for URLs, HTML, JSON or C, or all of them in hexadecimal. Undefined: there is none.
 */
export function secretPattern({ username, password }: UrlCredentials): RegExp | undefined {
  const base64 = (text: string) => {
    const encoded = Buffer.from(text, "latin1").toString("base64").replace(/=+$/, "");
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")];
  };
  const secrets = secretsOf(username, password).filter((secret) => secret !== "");
  if (secrets.length === 0) return undefined;
  const forms = secrets.flatMap((secret) => [
    ...[secret, Buffer.from(secret, "latin1").toString("utf8"), ...base64(secret)],
    ...base64(`${username}:${password ?? ""}`),
  ]);
  const hex = secrets.map((secret) => [...Buffer.from(secret, "latin1")].map(hexOf).join("[ :-]?"));
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return new RegExp(
    [...longestFirst.map((form) => [...form].map(encodedCharacter).join("")), ...hex].join("|"),
    "gi",
  );
}

/** A pattern for a character, and for each way to encode it. `%25` is an encoded `%`. */
function encodedCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character, "utf8")]
    .map((byte) => `(?:%(?:25)*|\\\\x)${hexOf(byte)}`)
    .join("");
  const named = `\\\\u${point.toString(16).padStart(4, "0")}|&#0*${point};|&#x0*${point.toString(16)};`;
  const literal = `\\\\?${character.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}`;
  // Not every server reads UTF-8.
  const latin1 = point > 0x7f && point <= 0xff ? `|%(?:25)*${hexOf(point)}` : "";
  return `(?:${literal}|${bytes}|${named}${latin1})`;
}

const hexOf = (byte: number) => byte.toString(16).padStart(2, "0");

function secretsOf(username: string, password: string | undefined): readonly string[] {
  if (password === undefined) return isLikeToken(username) ? [username] : [];
  // Forges take a token as the name, with a word of no meaning as the password.
  return /^(?:|x-oauth-basic)$/.test(password) ? [username] : [password];
}
