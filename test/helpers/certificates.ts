import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./directory.ts";

/** A certificate and its key, in PEM, and where they lie. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateRequest {
  /** As in a subjectAltName: `IP:127.0.0.1`, `DNS:registry.example`. */
  readonly names: string;
  /** Absent: it signs itself. */
  readonly ca?: Certificate;
  /** Negative: expired. Default: 30. */
  readonly days?: number;
  /** Whether it may sign others. Default: no. */
  readonly isAuthority?: boolean;
}

/** A CA that nobody else knows. */
export function makeAuthority(directory = temporaryDirectory()): Certificate {
  return makeCertificate({ names: "DNS:authority", isAuthority: true }, directory);
}

/** Makes a certificate with openssl; it is gone after the test. */
export function makeCertificate(request: CertificateRequest, directory = temporaryDirectory()): Certificate {
  const { names, ca, days = 30, isAuthority = false } = request;
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    file("key.pem"),
  ];
  openssl(
    "req",
    ...key,
    "-subj",
    `/CN=${names.replace(/.*:/, "")}`,
    "-addext",
    `subjectAltName=${names}`,
    ...["-addext", `basicConstraints=critical,CA:${isAuthority ? "TRUE" : "FALSE"}`],
    "-out",
    file("request.pem"),
  );
  const signer =
    ca === undefined
      ? ["-signkey", file("key.pem")]
      : ["-CA", ca.certFile, "-CAkey", ca.keyFile, "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    file("request.pem"),
    ...signer,
    "-days",
    String(days),
    "-copy_extensions",
    "copy",
    "-out",
    file("cert.pem"),
  );
  const [certFile, keyFile] = [file("cert.pem"), file("key.pem")];
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile, keyFile };
}
