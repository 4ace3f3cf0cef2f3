import type { SecureContext } from "node:tls";
import { Agent, EnvHttpProxyAgent, fetch } from "undici";
import type { Fetch } from "./connections.ts";

/** What Node's own fetch cannot be told. */
export interface Tuning {
  readonly connectTimeoutMs: number;
  /** Address of the proxy; which hosts go without it is up to NO_PROXY. Absent: there is none. */
  readonly proxy?: string;
  /** Whether the proxy is asked for a tunnel, and not for the whole address: only TLS needs one. */
  readonly tunnel: boolean;
  readonly tls?: { readonly secureContext: SecureContext; readonly rejectUnauthorized: boolean };
}

/** A fetch of undici's, tuned. A file of its own, which is loaded only where it is called for. */
export function tunedFetch({ connectTimeoutMs, proxy, tunnel, tls }: Tuning): Fetch {
  const connect = { timeout: connectTimeoutMs, ...tls };
  const dispatcher =
    proxy === undefined
      ? new Agent({ connect })
      : new EnvHttpProxyAgent({
          httpProxy: proxy,
          httpsProxy: proxy,
          // Proxies that allow tunnels only to port 443 are common.
          proxyTunnel: tunnel,
          connect,
          ...(tls === undefined ? {} : { requestTls: tls }),
        });
  return (url, init) => fetch(url, { ...init, dispatcher });
}
