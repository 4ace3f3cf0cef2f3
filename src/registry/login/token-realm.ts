import { localPlace, mayLeadTo } from "../../image/local-place.ts";
import type { Connections } from "../http/connections.ts";

/** Where a token is to be had, or why nothing is asked of there: a part of a sentence about the registry. */
type TokenRealm =
  | { readonly kind: "usable"; readonly url: URL }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Reads the realm of a registry's Bearer challenge. As with docker and containerd, a registry names the server that takes its
 * credentials, on any host. Stricter than they are: no step from https to http, no plain http with credentials, unless both are
 * on this machine or `--insecure-registry` names the server; none from elsewhere to this machine or to its neighbours (metadata services);
 * no address with a name and a password. In: the origin that the challenge came from, without any redirect.
 */
export function readTokenRealm(
  realm: string | undefined,
  registry: URL,
  hasSecret: boolean,
  connections: Connections,
): TokenRealm {
  const refuse = (reason: string): TokenRealm => ({ kind: "refused", reason });
  const url = realm === undefined ? null : URL.parse(realm);
  if (url === null) return refuse("it does not name a token server");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refuse("the address of its token server is not an HTTP URL");
  }
  if (url.username !== "" || url.password !== "") {
    return refuse("the address of its token server has a user name and password");
  }
  if (!mayLeadTo(registry, url)) {
    const place =
      localPlace(url.hostname) === "loopback" ? "on this machine" : "at a link-local or metadata address";
    return refuse(`its token server ${url.host} is ${place}, but the registry is not`);
  }
  // What goes from this machine to itself is on no wire.
  const isOnWire = url.protocol === "http:" && localPlace(url.hostname) !== "loopback";
  if (isOnWire && !connections.isInsecure(url)) {
    if (registry.protocol === "https:") {
      return refuse(
        `the registry uses TLS but its token server ${url.host} does not, so it was not contacted`,
      );
    }
    if (hasSecret) {
      return refuse(`its token server ${url.host} has no TLS, so no credentials are sent there`);
    }
  }
  return { kind: "usable", url };
}
