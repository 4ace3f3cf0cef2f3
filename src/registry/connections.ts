import { BlockList, isIP } from "node:net";
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from "node:tls";
import { hostCertificates } from "./certificates.ts";
import type { RegistryOptions } from "./options.ts";

/** Longest wait for a connection; also the limit of Node's own fetch. */
export const connectTimeoutMs = 10_000;

/** The part of `fetch` that we use. */
export type Fetch = (url: URL, init: FetchInit) => Promise<FetchResponse>;

export interface FetchInit {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Has to be said of a body that is sent while it is made. */
  readonly duplex?: "half";
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * Chooses how a server is reached: by Node's own fetch; by undici's where a proxy, a CA of one's own, a client
 * certificate or an unverified certificate is called for. undici is loaded only then: it takes 45 ms.
 */
export class Connections {
  private readonly options: RegistryOptions;
  private readonly byOrigin = new Map<string, Promise<Fetch>>();

  constructor(options: RegistryOptions) {
    this.options = options;
  }

  /** Throws CompileError where a certificate file of the machine is none. */
  fetchFor(url: URL): Promise<Fetch> {
    const known = this.byOrigin.get(url.origin);
    if (known !== undefined) return known;
    const made = this.make(url);
    this.byOrigin.set(url.origin, made);
    return made;
  }

  /** True: `--insecure-registry` names the server. */
  isInsecure({ protocol, hostname, port }: URL): boolean {
    const written = `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
    return this.options.insecure.some((host) => host === written || (port === "" && host === hostname));
  }

  private async make(url: URL): Promise<Fetch> {
    const proxy = proxyFor(url);
    const tls = url.protocol === "https:" ? this.tlsFor(url) : undefined;
    if (proxy === undefined && tls === undefined) return fetch;
    const { tunedFetch } = await import("./tuned-fetch.ts");
    return tunedFetch({
      connectTimeoutMs,
      tunnel: url.protocol === "https:",
      ...(proxy === undefined ? {} : { proxy }),
      ...(tls === undefined ? {} : { tls }),
    });
  }

  private tlsFor(url: URL): { secureContext: SecureContext; rejectUnauthorized: boolean } | undefined {
    const { ca, client } = hostCertificates(url.host);
    const own = [...(this.options.ca === undefined ? [] : [this.options.ca]), ...ca];
    const rejectUnauthorized = !this.isInsecure(url);
    if (own.length === 0 && client === undefined && rejectUnauthorized) return undefined;
    // One context for all connections: reading Node's own 150 certificates takes a while.
    const secureContext = createSecureContext({ ca: [...defaultCertificates(), ...own], ...client });
    return { secureContext, rejectUnauthorized };
  }
}

/** With those of `NODE_EXTRA_CA_CERTS`, which Node before 22.15 can only use and not tell. */
function defaultCertificates(): readonly string[] {
  return typeof getCACertificates === "function" ? getCACertificates("default") : rootCertificates;
}

/**
 * The proxy that the environment names for a server, as Go's programs (docker, pack, crane) read it: either case, never for
 * this machine itself, https only by HTTPS_PROXY. NO_PROXY's names and ports are undici's part; networks (CIDR) are ours.
 */
function proxyFor({ protocol, hostname }: URL): string | undefined {
  const { env } = process;
  const proxy = protocol === "https:" ? env.https_proxy || env.HTTPS_PROXY : env.http_proxy || env.HTTP_PROXY;
  if (!proxy || isLoopback(hostname) || inNetworks(hostname, env.no_proxy ?? env.NO_PROXY ?? "")) {
    return undefined;
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** In: a host without port; IPv6 in brackets. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function inNetworks(hostname: string, noProxy: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const entry of noProxy.split(/[,\s]+/)) {
    const [network = "", bits] = entry.split("/");
    const type = isIP(network) === 6 ? "ipv6" : "ipv4";
    if (isIP(network) === 0 || bits === undefined || !/^\d+$/.test(bits)) continue;
    if (Number(bits) <= (type === "ipv6" ? 128 : 32)) networks.addSubnet(network, Number(bits), type);
  }
  return networks.check(address, family === 6 ? "ipv6" : "ipv4");
}
