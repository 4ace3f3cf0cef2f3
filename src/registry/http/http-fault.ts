import { present } from "../../present.ts";

/**
 * Why a server gave no answer that can be taken.
 * `unreachable`, `timeout`: it may do better later. `not-tls`: it speaks plain http where TLS was spoken to it, or the
 * reverse. `certificate`: it is not trusted. `unusable`: what was said of a body is not so. The others are as they are
 * called.
 */
type HttpFaultKind =
  | "unreachable"
  | "timeout"
  | "not-tls"
  | "certificate"
  | "proxy"
  | "redirect"
  | "too-large"
  | "unusable";

export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly kind: HttpFaultKind;
  /** A part of a sentence, for messages: `it refuses connections`. */
  readonly reason: string;
  /** Whether the same request may well succeed in a second. */
  readonly mayPass: boolean;

  constructor(
    kind: HttpFaultKind,
    reason: string,
    options: ErrorOptions & { readonly mayPass?: boolean } = {},
  ) {
    super(reason, options);
    this.kind = kind;
    this.reason = reason;
    this.mayPass = options.mayPass ?? false;
  }
}

/** Source: the X509 verification codes in Node's TLS documentation. */
const certificateReasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "it was signed by an unknown CA",
  UNABLE_TO_GET_ISSUER_CERT: "it was signed by an unknown CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "it was signed by an unknown CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "it was signed by an unknown CA",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  CERT_UNTRUSTED: "its CA is not trusted for servers",
  CERT_REJECTED: "its CA is not trusted for servers",
  CERT_SIGNATURE_FAILURE: "its signature is wrong",
  INVALID_CA: "its issuer is not a CA",
  INVALID_PURPOSE: "it or its issuer is not valid for this purpose",
  PATH_LENGTH_EXCEEDED: "its CA is not allowed to sign it",
  HOSTNAME_MISMATCH: "it is for a different host name",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for a different host name",
};

/** Whether a certificate was refused for who signed it, and for nothing else. */
export function isUnknownIssuer(error: unknown): boolean {
  const { code } = innermost(error);
  return (
    code === "DEPTH_ZERO_SELF_SIGNED_CERT" || certificateReasons[code] === "it was signed by an unknown CA"
  );
}

const passing: Readonly<Record<string, string>> = {
  ECONNRESET: "it closed the connection",
  ECONNABORTED: "it closed the connection",
  EPIPE: "it closed the connection",
  EAI_AGAIN: "its host name could not be resolved (temporary DNS failure)",
};

const lasting: Readonly<Record<string, string>> = {
  ECONNREFUSED: "it refuses connections",
  ENOTFOUND: "its host name could not be resolved",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
};

/** What an error of fetch, or one of ours, means. */
export function networkFault(error: unknown, connectTimeoutMs: number): HttpFault {
  if (error instanceof HttpFault) return error;
  const { code, message, proxyStatus } = innermost(error);
  const options = { cause: error };
  const certificate = certificateReasons[code];
  if (certificate !== undefined) return new HttpFault("certificate", certificate, options);
  if (proxyStatus === 407)
    return new HttpFault("proxy", "the proxy requires authentication (HTTP 407)", options);
  if (proxyStatus !== undefined) {
    return new HttpFault("unreachable", `the proxy cannot reach it (HTTP ${proxyStatus})`, options);
  }
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "HPE_INVALID_CONSTANT") {
    return new HttpFault("not-tls", "its TLS handshake failed", options);
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    return new HttpFault("too-large", "its headers are larger than 16 KiB", options);
  }
  if (code.startsWith("HPE_")) return new HttpFault("unusable", "its response is not valid HTTP", options);
  // Node's message has the name of the header, and of some errors the value: here that may be a password.
  if (code === "ERR_INVALID_CHAR" || code === "ERR_HTTP_INVALID_HEADER_VALUE") {
    return new HttpFault("unusable", "the request has characters that HTTP does not allow", options);
  }
  if (code.startsWith("Z_")) return new HttpFault("unusable", "it sends damaged gzip", options);
  if (code === "ETIMEDOUT") {
    return new HttpFault("timeout", `no connection in ${connectTimeoutMs / 1000} s`, options);
  }
  const passes = passing[code];
  if (passes !== undefined) return new HttpFault("unreachable", passes, { ...options, mayPass: true });
  return new HttpFault("unreachable", lasting[code] ?? message, options);
}

/** Connecting to several addresses wraps what happened; a stream's end may wrap it, too. */
function innermost(error: unknown): {
  readonly code: string;
  readonly message: string;
  /** Absent: it is not a proxy's refusal. */
  readonly proxyStatus?: number;
} {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const status =
    "proxyStatus" in error && typeof error.proxyStatus === "number" ? error.proxyStatus : undefined;
  return { code, message: error.message, ...present({ proxyStatus: status }) };
}
