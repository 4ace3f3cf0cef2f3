import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
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

/** ECDSA with SHA-256, RFC 5758. */
const algorithm = () => new x509.AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" });
const dayMs = 86_400_000;

/** Makes a certificate for a key on P-256; it is gone after the test. */
export function makeCertificate(request: CertificateRequest, directory = temporaryDirectory()): Certificate {
  const { names, ca, days = 30 } = request;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const subject = commonName(names.replace(/.*:/, ""));
  const now = Date.now();
  const body = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: arrayBuffer(Buffer.from([1, ...randomBytes(15)])),
    signature: algorithm(),
    issuer: ca === undefined ? subject : subjectOf(ca),
    validity: new x509.Validity({
      notBefore: new Date(now - (days < 0 ? 2 - days : 0) * dayMs - 60_000),
      notAfter: new Date(now + days * dayMs),
    }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, x509.SubjectPublicKeyInfo),
    extensions: new x509.Extensions(extensions(request, spki)),
  });
  const signer = ca === undefined ? privateKey : ca.key;
  const certificate = new x509.Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm(),
    signatureValue: arrayBuffer(sign("sha256", Buffer.from(AsnConvert.serialize(body)), signer)),
  });
  const cert = pem(Buffer.from(AsnConvert.serialize(certificate)));
  const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  return { cert, key, certFile, keyFile };
}

function extensions({ names, ca, isAuthority = false }: CertificateRequest, spki: Buffer): x509.Extension[] {
  const [kind, name = ""] = names.split(/:(.*)/s);
  const alternative = new x509.SubjectAlternativeName([
    new x509.GeneralName(kind === "IP" ? { iPAddress: name } : { dNSName: name }),
  ]);
  const extension = (extnID: string, critical: boolean, value: object) =>
    new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
  return [
    extension(x509.id_ce_subjectAltName, false, alternative),
    extension(x509.id_ce_basicConstraints, true, new x509.BasicConstraints({ cA: isAuthority })),
    // Authorities have one name, and are told apart by their keys.
    extension(x509.id_ce_subjectKeyIdentifier, false, new x509.SubjectKeyIdentifier(keyId(spki))),
    ...(ca === undefined
      ? []
      : [
          extension(
            x509.id_ce_authorityKeyIdentifier,
            false,
            new x509.AuthorityKeyIdentifier({ keyIdentifier: new OctetString(keyId(spkiOf(ca))) }),
          ),
        ]),
  ];
}

function commonName(name: string): x509.Name {
  const value = new x509.AttributeValue({ utf8String: name });
  return new x509.Name([
    new x509.RelativeDistinguishedName([new x509.AttributeTypeAndValue({ type: "2.5.4.3", value })]),
  ]);
}

function subjectOf({ cert }: Certificate): x509.Name {
  return AsnConvert.parse(new X509Certificate(cert).raw, x509.Certificate).tbsCertificate.subject;
}

const spkiOf = ({ cert }: Certificate) =>
  new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
const keyId = (spki: Buffer) => arrayBuffer(createHash("sha1").update(spki).digest());

const arrayBuffer = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
