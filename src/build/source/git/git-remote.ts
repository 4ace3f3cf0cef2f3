/** A server, as git connects to it. */
export interface GitServerName {
  readonly scheme: "https" | "http" | "ssh" | "git";
  /** As browsers read it, in lower case: `127.1` is `127.0.0.1` to ssh and git, too. IPv6 is in brackets. */
  readonly hostname: string;
  /** Empty: the usual one. */
  readonly port: string;
}

/** What git may be handed as a repository. */
interface GitRemote {
  readonly kind: "remote";
  /** Absent: it is a repository of this machine. */
  readonly server?: GitServerName;
}

/** What git must not be handed. */
interface RefusedRemote {
  readonly kind: "refused";
  /** A clause for behind a colon. */
  readonly reason: string;
}

/** In brackets, what an address could be: git reads `[HOST:PORT]`, too, which is refused. */
const host = String.raw`(\[[\da-fA-F:.]+\]|[\p{L}\p{N}_][\p{L}\p{N}._-]*)`;
const port = String.raw`(?::(\d{1,5}))?`;
/** Neither an option at its beginning, nor the brackets and slashes by which git finds the host. */
const sshUser = String.raw`[^-/?#@:\\[\]][^/?#@:\\[\]]*`;

/** Each transport that is taken, as its URL is written: scheme, host, port, path. Source: git-clone(1), "GIT URLS". */
const transports: readonly RegExp[] = [
  new RegExp(
    String.raw`^(https?)://(?:(?:[^-/?#@:\\][^/?#@:\\]*)?(?::[^/?#@\\]*)?@)?${host}${port}(/.*)?$`,
    "u",
  ),
  new RegExp(`^(ssh)://(?:${sshUser}@)?${host}${port}(/.+)$`, "u"),
  new RegExp(`^(git)://${host}${port}(/.+)$`, "u"),
  new RegExp(`^()${sshUser}@${host}:()([^-:].*)$`, "u"),
];

const usualPorts = { https: "443", http: "80", ssh: "22", git: "9418" } as const;

/** Besides what git refuses itself: a newline has forged credentials' hosts, control characters forge messages. */
export const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * Reads a repository's URL alone, without a state. What git, ssh, curl and browsers could read differently is refused, so
 * that the server is the same to whoever reads it.
 */
export function parseRemote(remote: string): GitRemote | RefusedRemote {
  const refused = (reason: string): RefusedRemote => ({ kind: "refused", reason });
  if (remote === "") return refused("it names no repository");
  if (remote.startsWith("-")) return refused("it begins with a dash");
  const decoded = percentDecoded(remote);
  if (unprintable.test(remote) || unprintable.test(decoded)) return refused("it has a control character");
  if (isLocal(remote)) return { kind: "remote" };
  if (/\s/.test(remote)) return refused("it has a space");
  // Browsers read it as a slash, git and curl as a part of a name.
  if (remote.includes("\\")) return refused("it has a backslash (in a password, write %5C)");
  const [, helper] = /^([\w+.-]+)::/.exec(remote) ?? [];
  if (helper !== undefined) return refused(`${helper}:: names a program`);
  if (/^ssh:\/\/[^/@]*:[^/@]*@/.test(remote)) return refused("ssh does not accept a password in a URL");
  // What git decodes before it hands it on: `%2D` is a dash there, too.
  const [, name = ""] = /^[a-z]+:\/\/([^/?#]*)/.exec(decoded) ?? [];
  if (name.startsWith("-") || name.includes("@-")) return refused("its user or host begins with a dash");
  const found = transports.map((transport) => transport.exec(remote)).find((match) => match !== null);
  const server = found === undefined ? undefined : readServer(found);
  if (server === undefined) {
    return refused("it is neither an https, http, ssh or git URL nor USER@HOST:PATH");
  }
  return isReadOtherwise(remote, server, found?.[4])
    ? refused("git would connect to another host")
    : { kind: "remote", server };
}

/** Local forms: nothing else begins so. */
function isLocal(remote: string): boolean {
  return /^(?:file:\/\/)?\/|^\.{1,2}(?:\/|$)/.test(remote);
}

function readServer([, written = "", name = "", port = ""]: RegExpExecArray): GitServerName | undefined {
  if (Number(port) > 0xffff) return undefined;
  const scheme = written === "" ? "ssh" : (written as GitServerName["scheme"]);
  const url = `http://${name}`;
  // `1.2.3.4.5`, or anything but IPv6 in brackets: an address to some readers, and a name to others.
  if (!URL.canParse(url)) return undefined;
  const number = port === "" ? "" : String(Number(port));
  return { scheme, hostname: new URL(url).hostname, port: number === usualPorts[scheme] ? "" : number };
}

/**
 * Whether somebody finds another host than ours. git decodes URLs of ssh and of its own before it looks for the host, and
 * takes what stands behind `@[` for one, even in a path. Source: `parse_connect_url`, `host_end` in git's connect.c.
 */
function isReadOtherwise(remote: string, { scheme, hostname, port }: GitServerName, path = ""): boolean {
  if (scheme === "https" || scheme === "http") {
    if (!URL.canParse(remote)) return true;
    const url = new URL(remote);
    return url.hostname !== hostname || url.port !== port;
  }
  const isUrl = remote.startsWith(`${scheme}://`);
  const [, user = ""] = isUrl ? (/^[a-z]+:\/\/([^/?#]*)@/.exec(remote) ?? []) : [];
  return /[/?#:\\[\]]/.test(percentDecoded(user)) || (isUrl ? percentDecoded(path) : path).includes("@[");
}

/** `%XX` as the characters that they are; what is no UTF-8 comes out byte by byte. */
function percentDecoded(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
