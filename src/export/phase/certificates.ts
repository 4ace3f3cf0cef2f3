import { X509Certificate } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, renameSync, writeFileSync } from "node:fs";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { contentUpTo } from "../content-up-to.ts";
import { isFileFault, reasonOf } from "../file-fault.ts";
import { limits } from "../limits.ts";

/**
 * Where distributions keep all certificates that they trust, in the order in which BuildKit and Go look: Debian, Ubuntu, Alpine
 * and Arch; Fedora and RHEL; SUSE; OpenELEC; RHEL 7 and later, UBI; Alpine and others.
 * Source: Go, crypto/x509/root_linux.go; BuildKit, executor/proxyca_linux.go.
 */
const bundlePaths = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

/** A file of certificates. */
interface Bundle {
  readonly path: string;
  /** In PEM form, with line feeds and a final one; at least one, none twice. */
  readonly certificates: readonly string[];
  /** Of one that cannot be read, and is left out: its number in the file, counted from 1. Absent: all can. */
  readonly damaged?: number;
}

export interface JoinRequest {
  /** The user's bundle. */
  readonly from: ByteString;
  /** File that must not be there yet. */
  readonly to: ByteString;
}

/**
 * Writes the builder's certificates and the user's into one file: whole, or not at all. What BuildKit adds to the builder's while
 * a step runs, as for a proxy network, is among them. Throws CompileError `export/no-certificates`, node's error.
 */
export function joinCertificates({ from, to }: JoinRequest, report: Report): void {
  const own = userCertificates(textOf(from));
  const all = new Set([...(builderBundle(report)?.certificates ?? []), ...own]);
  const unfinished = byteStringOf(`${textOf(to)}.new`);
  writeFileSync(bytesOf(unfinished), [...all].join(""), { flag: "wx", mode: 0o444 });
  renameSync(bytesOf(unfinished), bytesOf(to));
}

/** The first bundle that the builder image has as a file. Undefined: it has none; one that cannot be used is a warning. */
export function builderBundle(report: Report): Bundle | undefined {
  for (const path of bundlePaths) {
    const bundle = readBundle(path);
    if (!("reason" in bundle)) return bundle;
    if (bundle.isThere) report(diagnose("export/builder-certificates", { path, reason: bundle.reason }));
  }
  return undefined;
}

/** Whether BuildKit's proxy is in use: it marks its CA in the builder's bundle. Source: BuildKit, executor/proxyca_linux.go. */
export function hasProxyNetwork(): boolean {
  for (const path of bundlePaths) {
    try {
      const content = readFileUpTo(path, limits.certificatesBytes);
      if (!("reason" in content)) return content.includes("\n# buildkit proxy CA begin\n");
    } catch (error) {
      if (!isFileFault(error)) throw error;
    }
  }
  return false;
}

function userCertificates(path: string): readonly string[] {
  const bundle = readBundle(path);
  const fault = (reason: string) =>
    new CompileError([diagnose("export/no-certificates", { path, reason }, { file: path })]);
  if ("reason" in bundle) throw fault(bundle.reason);
  if (bundle.damaged !== undefined) throw fault(damagedReason(bundle.damaged));
  return bundle.certificates;
}

interface NoBundle {
  /** Whether a file is there. */
  readonly isThere: boolean;
  /** As a message goes on after a colon. */
  readonly reason: string;
}

function readBundle(path: string): Bundle | NoBundle {
  let content: Buffer | NoBundle;
  try {
    content = readFileUpTo(path, limits.certificatesBytes);
  } catch (error) {
    if (!isFileFault(error)) throw error;
    return { isThere: !absentCodes.has(error.code), reason: reasonOf(error) };
  }
  if ("reason" in content) return content;
  const found = certificatesIn(content.toString("latin1"));
  const certificates = new Set(found.filter(isCertificate));
  const damaged = found.findIndex((certificate) => !certificates.has(certificate)) + 1;
  if (certificates.size === 0) {
    const reason = damaged === 0 ? "it has no certificate in PEM form" : damagedReason(damaged);
    return { isThere: true, reason };
  }
  return { path, certificates: [...certificates], ...(damaged === 0 ? {} : { damaged }) };
}

function damagedReason(number: number): string {
  return `its certificate number ${number} is damaged`;
}

/** A link to nowhere or in a circle is no bundle; a socket or a device without a driver cannot be opened. */
const absentCodes: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"]);

/** Links are followed, as tools do, within the image. Waits for nothing: a FIFO is opened like a file, and seen to be none. */
function readFileUpTo(path: string, limitBytes: number): Buffer | NoBundle {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { isThere: false, reason: "it is not a file" };
    const content = contentUpTo(file, Math.min(stats.size, limitBytes) + 1);
    if (content.length > limitBytes) {
      return { isThere: true, reason: `it has more than ${limitBytes / 2 ** 20} MiB` };
    }
    return content;
  } finally {
    closeSync(file);
  }
}

/**
 * Certificates of a text, each on lines of its own, whatever stands between them: a bundle that ends in the middle of a line or of
 * a certificate takes nothing from the next one. Source: RFC 7468, sections 2 and 5.
 */
function certificatesIn(text: string): readonly string[] {
  const blocks = text.matchAll(/-----BEGIN ((?:X509 )?CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----/g);
  return Array.from(blocks, ([, , base64 = ""]) => {
    const lines = base64.replace(/\s+/g, "").match(/.{1,64}/g) ?? [];
    return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  });
}

/** Of one that cannot be read, tools refuse the whole file. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
