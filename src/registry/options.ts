import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { withoutSecrets } from "../diagnostics/without-secrets.ts";
import { readCertificates } from "./http/certificates.ts";

/** How registries are reached; what comes from the environment (proxy, credentials) is read where it is used. */
export interface RegistryOptions {
  /** By host as image names have it (`docker.io`, `registry.example:5000`): where to ask first, `HOST[:PORT][/PATH]`. */
  readonly mirrors: ReadonlyMap<string, string>;
  /** Hosts that may have an unverified certificate or plain http. */
  readonly insecure: readonly string[];
  /** Certificates in PEM, trusted besides the usual ones. */
  readonly ca?: string;
}

/** Values of the flags, as typed. */
interface RegistryFlags {
  /** `--registry-mirror HOST=MIRROR`. */
  readonly mirrors?: readonly string[];
  /** `--insecure-registry HOST`. */
  readonly insecure?: readonly string[];
  /** `--registry-ca FILE`. */
  readonly caFile?: string;
}

export const defaultRegistryOptions: RegistryOptions = { mirrors: new Map(), insecure: [] };

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const pathPattern = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;

/** Checks the flags. Reads the file of certificates. Throws CompileError with everything that is wrong. */
export function readRegistryOptions(flags: RegistryFlags): RegistryOptions {
  const found: Diagnostic[] = [];
  const mirrors = new Map<string, string>();
  for (const text of flags.mirrors ?? []) {
    const mirror = readMirror(text);
    if ("reason" in mirror) {
      found.push(
        diagnose("registry/bad-mirror", { text, reason: mirror.reason }, { file: "--registry-mirror" }),
      );
    } else if (mirrors.has(mirror.host)) {
      const reason = `${mirror.host} has a mirror already`;
      found.push(diagnose("registry/bad-mirror", { text, reason }, { file: "--registry-mirror" }));
    } else mirrors.set(mirror.host, mirror.address);
  }
  const insecure = flags.insecure ?? [];
  for (const text of insecure) {
    const reason = hostFault(text);
    if (reason !== undefined) {
      found.push(diagnose("registry/bad-insecure-host", { text, reason }, { file: "--insecure-registry" }));
    }
  }
  const ca = flags.caFile === undefined ? undefined : readCertificates(flags.caFile, "--registry-ca");
  if (ca !== undefined && "diagnostic" in ca) found.push(ca.diagnostic);
  if (found.length > 0) throw new CompileError(found);
  return {
    mirrors,
    insecure: insecure.map(registryName),
    ...(ca === undefined || "diagnostic" in ca ? {} : { ca: ca.pem }),
  };
}

function readMirror(
  text: string,
): { readonly host: string; readonly address: string } | { readonly reason: string } {
  const parts = text.split("=");
  const [host = "", address = ""] = parts;
  if (parts.length !== 2) {
    return { reason: parts.length === 1 ? "it has no `=`" : "it has more than one `=`" };
  }
  const hostReason = hostFault(host);
  if (hostReason !== undefined) return { reason: hostReason };
  const trimmed = address.replace(/\/+$/, "");
  const slash = trimmed.indexOf("/");
  const addressReason = hostFault(
    slash === -1 || trimmed.includes("://") ? trimmed : trimmed.slice(0, slash),
  );
  if (addressReason !== undefined) return { reason: addressReason };
  if (slash !== -1 && !pathPattern.test(trimmed.slice(slash + 1))) {
    return {
      reason: `${JSON.stringify(trimmed.slice(slash + 1))} cannot be the beginning of an image's path`,
    };
  }
  return { host: registryName(host), address: trimmed };
}

/** Why a text is no host; undefined: it is one. */
function hostFault(text: string): string | undefined {
  if (text === "") return "a host is missing";
  if (text.includes("://")) return `${JSON.stringify(withoutSecrets(text))} is a URL, not a host`;
  if (text.includes("/")) return `${JSON.stringify(text)} is a host with a path, not a host alone`;
  return hostPattern.test(text) ? undefined : `${JSON.stringify(text)} is not a host`;
}

/** The name under which image references have a host; Docker Hub goes by several. */
export function registryName(host: string): string {
  const name = host.toLowerCase();
  return ["index.docker.io", "registry-1.docker.io"].includes(name) ? "docker.io" : name;
}
