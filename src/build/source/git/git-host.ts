import { type NetworkPlace, networkPlace } from "../../../image/local-place.ts";
import { type GitServerName, parseRemote } from "./git-remote.ts";

/** Whether two repositories are on one server, as far as logins go. */
export function isSameServer(one: string, other: string): boolean {
  const server = readServer(one);
  const { scheme, hostname, port } = readServer(other) ?? {};
  return (
    server !== undefined && server.scheme === scheme && server.hostname === hostname && server.port === port
  );
}

/**
 * In which network a repository is, as its URL says: whoever has it resolved may come to another. A path is on this
 * machine, and so is what cannot be read. In: the URL that git is handed, without credentials.
 */
export function placeOfRemote(remote: string): NetworkPlace {
  const server = readServer(remote);
  return server === undefined ? "loopback" : networkPlace(server.hostname);
}

/** Undefined: it is no server, or none that git may be asked for. */
function readServer(remote: string): GitServerName | undefined {
  const read = parseRemote(remote);
  return read.kind === "remote" ? read.server : undefined;
}
