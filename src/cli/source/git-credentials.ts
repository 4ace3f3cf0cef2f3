import type { Duplex } from "node:stream";

/** Name and password that stood in a URL. */
export interface UrlCredentials {
  /** Whose they are, `https://git.example:8443`; no other server is given them. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

export interface SplitRemote {
  /** The URL without the credentials. */
  readonly remote: string;
  /** Absent: it has no password. */
  readonly credentials?: UrlCredentials;
}

/** Takes the password out of a URL, and the name that belongs to it. In: a URL that git may be handed. */
export function splitCredentials(remote: string): SplitRemote {
  const [, scheme = "", name = "", password] = /^(https?:\/\/)([^/?#@:]*):([^/?#@]*)@/.exec(remote) ?? [];
  if (password === undefined) return { remote };
  const rest = scheme + remote.slice(remote.indexOf("@") + 1);
  const { origin } = new URL(rest);
  return {
    remote: rest,
    credentials: { origin, username: percentDecoded(name), password: percentDecoded(password) },
  };
}

/** Characters stand for bytes. */
function percentDecoded(text: string): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * A helper of git's that hands its questions to us, by the descriptor 3 that git has from us: so a password is in no file,
 * argument or environment. Other helpers are not asked about this server, and none stores what stood in a URL.
 * Source: git-credential(1), "INPUT/OUTPUT FORMAT"; gitcredentials(7), "CUSTOM HELPERS".
 */
export function helperSettings({ origin }: UrlCredentials): readonly string[] {
  const answer = `while IFS= read -r line <&3 && [ -n "$line" ]; do printf "%s\\n" "$line"; done`;
  const helper = `!f() { [ "$1" = get ] || return 0; { cat; echo; } >&3; ${answer}; }; f`;
  return [`credential.${origin}.helper=`, `credential.${origin}.helper=${helper}`];
}

/** Answers that helper. A question ends with an empty line, and so does an answer. */
export function answerHelper(channel: Duplex, credentials: UrlCredentials): void {
  let asked = "";
  channel.on("error", () => undefined);
  channel.on("data", (piece: Buffer) => {
    asked += piece.toString("latin1");
    for (let end = asked.indexOf("\n\n"); end !== -1; end = asked.indexOf("\n\n")) {
      channel.write(answer(asked.slice(0, end), credentials), "latin1");
      asked = asked.slice(end + 2).trimStart();
    }
  });
}

function answer(question: string, { origin, username, password }: UrlCredentials): string {
  const lines = question.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const { protocol, host } = Object.fromEntries(lines);
  return originOf(`${protocol}://${host}`) === origin
    ? `username=${username}\npassword=${password}\n\n`
    : "\n";
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** Whether two repositories are on one server, as far as logins go. */
export function isSameServer(one: string, other: string): boolean {
  return serverOf(one) !== undefined && serverOf(one) === serverOf(other);
}

/** `https://host:port`, or `ssh://host`; undefined: it is no server. */
function serverOf(remote: string): string | undefined {
  const [, host] = /^[^/?#@:]+@(\[[^\]]*\]|[^:/[]+):/.exec(remote) ?? [];
  if (host !== undefined) return `ssh://${host.toLowerCase()}`;
  if (!URL.canParse(remote)) return undefined;
  const { protocol, host: named } = new URL(remote);
  return named === "" ? undefined : `${protocol}//${named.toLowerCase()}`;
}

/** Every form in which a server could repeat a password, longest first. */
export function secretForms({ username, password }: UrlCredentials): readonly string[] {
  // Forges take a token as the name, with a word of no meaning as the password.
  const secrets = /^(?:|x-oauth-basic)$/.test(password) ? [username] : [password];
  const text = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
  const encoded = (secret: string) =>
    [...secret].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
  const forms = secrets.flatMap((secret) => [
    ...[secret, text(secret), encodeURIComponent(text(secret)), encodeURI(text(secret)), encoded(secret)],
    Buffer.from(`${username}:${password}`, "latin1").toString("base64").replace(/=+$/, ""),
  ]);
  return [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
}
