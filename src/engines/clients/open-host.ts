import { localPlace } from "../../image/local-place.ts";

/**
 * The host and port of an address that is reached by TCP without TLS, where others can listen: within this machine nobody
 * does. In: an address of a BuildKit or docker daemon; whether TLS is set up for it. Undefined: there is none.
 */
export function openHost(address: string, hasTls: boolean): string | undefined {
  const url = URL.parse(address);
  if (url?.protocol !== "tcp:" || hasTls || localPlace(url.hostname) === "loopback") return undefined;
  return url.host;
}
