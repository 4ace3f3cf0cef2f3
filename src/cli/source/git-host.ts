import { type NetworkPlace, networkPlace } from "../../index.ts";

/** Whether two repositories are on one server, as far as logins go. */
export function isSameServer(one: string, other: string): boolean {
  const server = readServer(one);
  const { host, scheme } = readServer(other) ?? {};
  return server !== undefined && server.host === host && server.scheme === scheme;
}

/**
 * In which network a repository is, as its URL says: whoever has it resolved may come to another. A path is on this
 * machine. In: a URL that git may be handed.
 */
export function placeOfRemote(remote: string): NetworkPlace {
  const server = readServer(remote);
  return server === undefined ? "loopback" : networkPlace(hostnameOf(server.host));
}

/** Undefined: it is no server. */
function readServer(remote: string): { readonly scheme: string; readonly host: string } | undefined {
  const [, host] = /^[^/?#@:]+@(\[[^\]]*\]|[^:/[]+):/.exec(remote) ?? [];
  if (host !== undefined) return { scheme: "ssh:", host: host.toLowerCase() };
  if (!URL.canParse(remote)) return undefined;
  const { protocol, host: named } = new URL(remote);
  return named === "" ? undefined : { scheme: protocol, host: named.toLowerCase() };
}

/** As browsers read it: ssh and git take `127.1` and `0x7f000001` for numbers, too. In: with a port or without. */
function hostnameOf(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}
