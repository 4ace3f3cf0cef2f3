import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemReason } from "../diagnostics/system-reason.ts";
import { findProgram, pathDirectories } from "./programs/find-program.ts";

/** The network of a private BuildKit's build steps, but for those that have none or ask for the host's. */
type StepNetwork =
  /** The machine's own: a step reaches whatever listens on the machine's loopback addresses. */
  | { readonly kind: "host"; readonly reason: string }
  /** A namespace for each step, which reaches other machines through pasta(1), and nothing on the loopback of this one. */
  | { readonly kind: "isolated"; readonly pasta: string };

/** What BuildKit's configuration names for isolated steps. */
export interface StepNetworkFiles {
  /** CNI configuration list. */
  readonly config: string;
  /** Directory of CNI plugins. */
  readonly plugins: string;
}

const tunnelDevice = "/dev/net/tun";

/** Where steps send their DNS questions; pasta hands them on to the machine's resolver. A link-local address of no one's. */
export const stepNameserver = "169.254.1.1";

/** Whether this machine has what isolating takes; whether it works only BuildKit's start shows, which makes a namespace. */
export function chooseStepNetwork(): StepNetwork {
  const pasta = findProgram(["pasta"], pathDirectories());
  if (pasta === undefined) return { kind: "host", reason: "pasta is not installed" };
  try {
    accessSync(tunnelDevice, constants.R_OK | constants.W_OK);
  } catch (error) {
    return { kind: "host", reason: `${tunnelDevice} cannot be opened: ${systemReason(error)}` };
  }
  return { kind: "isolated", pasta };
}

/**
 * Writes a CNI plugin that gives a namespace to pasta. In: a directory that only we can write to; the program's path.
 * pasta ends with the namespace, so there is nothing to undo. `--no-map-gw` and the four `none`: nothing of the machine's
 * loopback is reached, and nothing inside from the machine. Source: CNI specification 1.0, "Execution Protocol".
 */
export function writeStepNetwork(directory: string, pasta: string): StepNetworkFiles {
  const plugins = join(directory, "plugins");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(plugins, { recursive: true, mode: 0o700 });
  const script = (add: string) => `#!/bin/sh
case "$CNI_COMMAND" in
VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' ;;
ADD) ${add}echo '{"cniVersion":"1.0.0"}' ;;
esac
`;
  const words = [
    ...[pasta, "--quiet", "--config-net", "--no-map-gw", "--dns-forward", stepNameserver],
    ...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
    ...["--runas", "0", "--netns"],
  ];
  // What pasta says on standard error is in BuildKit's error when there is nothing on standard output.
  const add = `${words.map(quoted).join(" ")} "$CNI_NETNS" >/dev/null || exit 1
  `;
  writeFileSync(join(plugins, "pasta"), script(add), { mode: 0o700 });
  // go-cni always asks for one; pasta has brought the interface up.
  writeFileSync(join(plugins, "loopback"), script(""), { mode: 0o700 });
  const config = join(directory, "steps.conflist");
  const list = { cniVersion: "1.0.0", name: "cnb-dockerfile", plugins: [{ type: "pasta" }] };
  writeFileSync(config, JSON.stringify(list), { mode: 0o600 });
  return { config, plugins };
}

/** A word for sh. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Why there is no network for steps, by the last words of a BuildKit that did not start. Undefined: it failed for another reason. */
export function stepNetworkFault(log: string): string | undefined {
  const [, said] = /^buildkitd: (.*(?:plugin type="pasta"|"cni-loopback"|\/cni\/).*)$/m.exec(log) ?? [];
  return said === undefined ? undefined : `creating a separate network failed: ${said.slice(0, 300)}`;
}
