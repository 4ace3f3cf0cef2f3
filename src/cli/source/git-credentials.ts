/** What stood in a URL before its host. Characters stand for bytes. */
export interface UrlCredentials {
  /** Whose they are, `https://git.example:8443`; no other server is given them. */
  readonly origin: string;
  readonly username: string;
  /** Absent: the name stood alone. It may be an ordinary name, whose password the user has elsewhere, or a token. */
  readonly password?: string;
}

export interface SplitRemote {
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

/** Every form in which a server could repeat a password or a token, longest first. */
export function secretForms({ username, password }: UrlCredentials): readonly string[] {
  const text = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
  const encoded = (secret: string) =>
    [...secret].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
  const forms = secretsOf(username, password).flatMap((secret) => [
    ...[secret, text(secret), encodeURIComponent(text(secret)), encodeURI(text(secret)), encoded(secret)],
    Buffer.from(`${username}:${password ?? ""}`, "latin1")
      .toString("base64")
      .replace(/=+$/, ""),
  ]);
  return [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
}

function secretsOf(username: string, password: string | undefined): readonly string[] {
  if (password === undefined) return isLikeToken(username) ? [username] : [];
  // Forges take a token as the name, with a word of no meaning as the password.
  return /^(?:|x-oauth-basic)$/.test(password) ? [username] : [password];
}
