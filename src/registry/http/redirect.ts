import { localPlace, mayLeadTo } from "../../image/local-place.ts";
import { HttpFault } from "./http-fault.ts";
import { type HttpAnswer, type HttpRequest, isReading } from "./http-message.ts";

/** As browsers and Go have it, roughly; a registry sends one on, to its storage. */
const maxRedirects = 10;

/** What is asked for next. */
export type Hop = Required<Pick<HttpRequest, "url" | "headers">>;

/**
 * Where an answer redirects its request, and with which headers. In: the addresses that were asked so far, the last one too.
 * Out: undefined where it does not. Throws HttpFault where it must not be followed.
 */
export function followRedirect(
  request: HttpRequest & Hop,
  answer: Pick<HttpAnswer, "status" | "headers">,
  seen: ReadonlySet<string>,
): Hop | undefined {
  const { url, headers } = request;
  const location = answer.headers.get("location");
  const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
  if (!isRedirect || location === null || !isReading(request)) return undefined;
  const next = nextHop(url, location);
  if (seen.has(next.href)) {
    throw new HttpFault("redirect", `it redirects in a circle, back to ${shown(next)}`);
  }
  if (seen.size > maxRedirects) {
    throw new HttpFault("redirect", `it redirects more than ${maxRedirects} times, last to ${shown(next)}`);
  }
  return { url: next, headers: next.origin === url.origin ? headers : withoutAuthorization(headers) };
}

/** Where a redirect leads. What was asked for by https is not taken from anywhere else. */
function nextHop(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw new HttpFault("redirect", "it redirects to something that is not a URL");
  const next = new URL(location, from);
  if (next.protocol !== "https:" && next.protocol !== "http:") {
    throw new HttpFault("redirect", `it redirects to a ${next.protocol} address`);
  }
  if (from.protocol === "https:" && next.protocol === "http:") {
    throw new HttpFault("redirect", `it redirects from https to http, to ${shown(next)}`);
  }
  if (!mayLeadTo(from, next)) {
    const place =
      localPlace(next.hostname) === "loopback" ? "this machine itself" : "a host in this machine's network";
    throw new HttpFault("redirect", `it redirects to ${place}, to ${shown(next)}`);
  }
  // Nobody asked for a name and a password.
  if (next.username !== "" || next.password !== "") {
    throw new HttpFault("redirect", "it redirects to a URL with a user name and password");
  }
  return next;
}

/** Without the query, which may be a signature that lets anybody in. */
function shown({ origin, pathname }: URL): string {
  return origin + pathname;
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}
