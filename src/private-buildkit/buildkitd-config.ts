import type { RegistryOptions } from "../registry/options.ts";
import { type StepNetworkFiles, stepNameserver } from "./step-network.ts";

interface BuildkitdSettings {
  /** Directory of BuildKit's data. */
  readonly root: string;
  /** Sockets of the API and of traces. */
  readonly socket: string;
  readonly traceSocket: string;
  /** Path of runc. */
  readonly runc: string;
  readonly isRootless: boolean;
  /** Of build steps, where there is the right to make one. */
  readonly controlGroup: string;
  /** Whether a build's processes are to be in a process namespace of their own; needs a /proc that can be mounted. */
  readonly hasProcessSandbox: boolean;
  readonly registries: RegistryOptions;
  /** Absent: steps have the machine's own network. */
  readonly stepNetwork?: StepNetworkFiles;
}

/**
 * buildkitd.toml. BuildKit's own rules for what it forgets throw cache mounts away after two days, and with them what
 * buildpacks keep between builds; here everything stays until space gets short.
 */
export function buildkitdConfig(settings: BuildkitdSettings): string {
  const { root, socket, traceSocket, runc, isRootless, hasProcessSandbox, controlGroup, registries } =
    settings;
  const { stepNetwork } = settings;
  return `root = ${quoted(root)}
insecure-entitlements = ["network.host"]

[grpc]
  address = [${quoted(`unix://${socket}`)}]

# BuildKit's own place for it is one for all that run on a machine.
[otel]
  socketPath = ${quoted(traceSocket)}

${stepNetwork === undefined ? "" : `[dns]\n  nameservers = [${quoted(stepNameserver)}]\n\n`}[worker.oci]
  enabled = true
  binary = ${quoted(runc)}
  rootless = ${isRootless}
  noProcessSandbox = ${!hasProcessSandbox}
${networkSettings(stepNetwork)}
  defaultCgroupParent = ${quoted(`/${controlGroup}`)}
  gc = true

[[worker.oci.gcpolicy]]
  all = true
  reservedSpace = "5GB"
  maxUsedSpace = "30GB"
  minFreeSpace = "5%"

[worker.containerd]
  enabled = false
${registrySections(registries)}`;
}

function networkSettings(files: StepNetworkFiles | undefined): string {
  if (files === undefined) return '  networkMode = "host"';
  return `  networkMode = "cni"
  cniConfigPath = ${quoted(files.config)}
  cniBinaryPath = ${quoted(files.plugins)}`;
}

function registrySections({ mirrors, insecure }: RegistryOptions): string {
  // A mirror's path and its certificate are settings of two sections.
  const hosts = new Set([...mirrors.keys(), ...insecure]);
  return [...hosts]
    .map((host) => {
      const mirror = mirrors.get(host);
      return [
        `\n[registry.${quoted(host)}]\n`,
        ...(mirror === undefined ? [] : [`  mirrors = [${quoted(mirror)}]\n`]),
        // Both: TLS without verification first, plain http where there is no TLS.
        ...(insecure.includes(host) ? ["  http = true\n  insecure = true\n"] : []),
      ].join("");
    })
    .join("");
}

/** JSON's strings are strings of TOML as well. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
