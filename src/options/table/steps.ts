import { building, type OptionRow } from "../option.ts";

/** How the steps of a build run. */
export const stepOptions = {
  buildContext: {
    flag: "--build-context <name=value>",
    form: "list",
    text: "Use this context instead of an image of the build, for example NAME=PATH (can be repeated)",
    doors: building,
  },
  addHost: {
    flag: "--add-host <host:ip>",
    form: "list",
    text: "Add a host-to-IP mapping to the steps' /etc/hosts (can be repeated)",
    doors: building,
  },
  allow: {
    flag: "--allow <entitlement>",
    form: "list",
    text: "Allow an entitlement, for example network.host (can be repeated)",
    doors: building,
  },
  cgroupParent: {
    flag: "--cgroup-parent <cgroup>",
    form: "text",
    text: "Parent cgroup of the steps",
    doors: building,
  },
  network: {
    flag: "--network <mode>",
    form: "text",
    text: "Network of the steps: default, none or host",
    doors: building,
  },
  proxyNetwork: {
    flag: "--proxy-network",
    form: "switch",
    text: "Let the steps reach the network only through BuildKit's recording proxy (BuildKit 0.31 or later)",
    doors: ["build"],
  },
  allowedDownloads: {
    flag: "--allowed-downloads <file>",
    form: "text",
    text: "Refuse downloads that this list, written by --downloads, does not contain; implies --proxy-network",
    implies: ["proxyNetwork"],
    doors: ["build"],
  },
  sourcePolicyFile: {
    flag: "--source-policy-file <file>",
    form: "text",
    text: "BuildKit source policy (JSON): rules that allow, deny or convert sources and, with --proxy-network, downloads",
    doors: ["build"],
  },
  shmSize: {
    flag: "--shm-size <bytes>",
    form: "text",
    text: "Size of /dev/shm in the steps",
    doors: building,
  },
  ulimit: {
    flag: "--ulimit <name=soft:hard>",
    form: "list",
    text: "Ulimit of the steps (can be repeated)",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
