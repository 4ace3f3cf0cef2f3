import { BlockList, isIP } from "node:net";
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from "node:tls";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { present } from "../../present.ts";
import type { RegistryOptions } from "../options.ts";
import { hostCertificates, systemCertificates } from "./certificates.ts";
import { isUnknownIssuer } from "./http-fault.ts";
import { openRoute, type SendRequest } from "./send-request.ts";

/** Longest wait for a connection. */
export const connectTimeoutMs = 10_000;

/** Chooses how a server is reached: through a proxy, with a CA of one's own, or with an unverified certificate. */
export class Connections {
  readonly #options: RegistryOptions;
  readonly #byOrigin = new Map<string, SendRequest>();
  /** Once a server is signed by a CA that the system knows and Node does not, others may well be. */
  #trustsSystem = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Throws CompileError where a certificate file of the machine is none. */
  senderFor(url: URL): SendRequest {
    const known = this.#byOrigin.get(url.origin);
    if (known !== undefined) return known;
    const made = this.#route(url);
    const sender = url.protocol === "https:" && !this.#trustsSystem ? this.#orBySystem(made) : made;
    this.#byOrigin.set(url.origin, sender);
    return sender;
  }

  #route(url: URL): SendRequest {
    const proxy = proxyFor(url);
    const tls = url.protocol === "https:" ? this.#tlsFor(url) : undefined;
    return openRoute({ connectTimeoutMs, ...present({ proxy, tls }) });
  }

  /**
   * Tries again with the system's CAs where the server's is unknown: reading hundreds of them takes longer than most
   * requests, and few machines need it.
   */
  #orBySystem(first: SendRequest): SendRequest {
    return async (url, request) => {
      try {
        return await first(url, request);
      } catch (error) {
        // No body has been begun, as no connection came about.
        if (!isUnknownIssuer(error)) throw error;
        this.#trustsSystem = true;
        const again = this.#route(url);
        this.#byOrigin.set(url.origin, again);
        return await again(url, request);
      }
    };
  }

  /** True: `--insecure-registry` names the server. */
  isInsecure({ protocol, hostname, port }: URL): boolean {
    const written = `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
    return this.#options.insecure.some((host) => host === written || (port === "" && host === hostname));
  }

  #tlsFor(url: URL): { secureContext: SecureContext; rejectUnauthorized: boolean } | undefined {
    const { ca, client } = hostCertificates(url.host);
    const own = [
      ...(this.#options.ca === undefined ? [] : [this.#options.ca]),
      ...ca,
      ...(this.#trustsSystem ? systemCertificates() : []),
    ];
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
 * this machine itself, https only by HTTPS_PROXY. Throws CompileError where what it names is none.
 */
function proxyFor(url: URL): URL | undefined {
  const { env } = process;
  const [lower, upper] =
    url.protocol === "https:"
      ? (["https_proxy", "HTTPS_PROXY"] as const)
      : (["http_proxy", "HTTP_PROXY"] as const);
  const variable = env[lower] ? lower : upper;
  const text = env[variable];
  if (!text || isLoopback(url.hostname) || goesWithoutProxy(url, env.no_proxy ?? env.NO_PROXY ?? ""))
    return undefined;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  throw new CompileError([diagnose("registry/bad-proxy", { variable }, { file: variable })]);
}

/** In: a host without port; IPv6 in brackets. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Source: Go's `golang.org/x/net/http/httpproxy`: `example.com` is for its subdomains, too, `.example.com` for them alone. */
function goesWithoutProxy({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const usedPort = port || (protocol === "https:" ? "443" : "80");
  const entries = noProxy
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "");
  return (
    entries.some((entry) => {
      if (entry === "*") return true;
      const [, place = entry, onlyPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (onlyPort !== undefined && onlyPort !== usedPort) return false;
      if (isIP(bare(place)) !== 0) return bare(place) === bare(hostname);
      const name = place.replace(/^\*(?=\.)/, "");
      return hostname.endsWith(name.startsWith(".") ? name : `.${name}`) || hostname === name;
    }) || inNetworks(bare(hostname), entries)
  );
}

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function inNetworks(address: string, entries: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const entry of entries) {
    const [network = "", bits] = entry.split("/");
    const type = isIP(network) === 6 ? "ipv6" : "ipv4";
    if (isIP(network) === 0 || bits === undefined || !/^\d+$/.test(bits)) continue;
    if (Number(bits) <= (type === "ipv6" ? 128 : 32)) networks.addSubnet(network, Number(bits), type);
  }
  return networks.check(address, family === 6 ? "ipv6" : "ipv4");
}
