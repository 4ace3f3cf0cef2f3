import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { present } from "../../present.ts";
import { homeDirectory } from "../../private/home-directory.ts";

/** What TLS needs to know beyond Node's defaults. All in PEM. */
interface HostCertificates {
  readonly ca: readonly string[];
  /** A certificate of our own, for registries that want one. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Reads a file of certificates. In: the flag or variable that names it. */
export function readCertificates(
  file: string,
  namedBy: string,
): { readonly pem: string } | { readonly diagnostic: Diagnostic } {
  const bad = (reason: string) => ({
    diagnostic: diagnose("registry/bad-ca-file", { file, reason }, { file: namedBy }),
  });
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    return bad((error as NodeJS.ErrnoException).code ?? "it cannot be read");
  }
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return bad("it has no certificate in PEM form");
  const broken = blocks.findIndex((block) => !isCertificate(block));
  return broken === -1 ? { pem } : bad(`its certificate number ${broken + 1} is damaged`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/**
 * Certificates that this machine keeps for a host: `SSL_CERT_FILE`, and docker's `certs.d/HOST[:PORT]`, where `*.crt` are
 * CAs and `NAME.cert` with `NAME.key` is a client's. Node itself reads `NODE_EXTRA_CA_CERTS`.
 * Source: docker's "Verify repository client with certificates". Throws CompileError where a file is not one.
 */
export function hostCertificates(host: string): HostCertificates {
  const named = process.env.SSL_CERT_FILE;
  const ca = named ? [certificatesOf(named, "SSL_CERT_FILE")] : [];
  let client: HostCertificates["client"];
  for (const directory of ["/etc/docker/certs.d", join(homeDirectory(), ".docker", "certs.d")]) {
    const place = join(directory, host);
    for (const name of existsSync(place) ? readdirSync(place).sort() : []) {
      const file = join(place, name);
      if (name.endsWith(".crt")) ca.push(certificatesOf(file, file));
      const key = file.replace(/\.cert$/, ".key");
      if (name.endsWith(".cert") && existsSync(key)) {
        client = { cert: certificatesOf(file, file), key: readFileSync(key, "utf8") };
      }
    }
  }
  return { ca, ...present({ client }) };
}

/** Where systems without a store that Node can ask have their CAs. Source: Go, crypto/x509/root_linux.go. */
const systemBundles = [
  ...["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"],
  ...["/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"],
];

/** CAs that this system trusts, in PEM: of macOS, Windows, or OpenSSL's directory. Node before 22.15 has no word for them. */
export function systemCertificates(): readonly string[] {
  if (typeof getCACertificates === "function") return getCACertificates("system");
  const bundle = systemBundles.find((file) => existsSync(file));
  return bundle === undefined ? [] : [readFileSync(bundle, "utf8")];
}

function certificatesOf(file: string, namedBy: string): string {
  const read = readCertificates(file, namedBy);
  if ("diagnostic" in read) throw new CompileError([read.diagnostic]);
  return read.pem;
}
