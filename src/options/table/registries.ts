import { type OptionRow, ofProject } from "../option.ts";

/** How registries are reached from here; what is made does not depend on it. */
export const registryOptions = {
  defaultsFile: {
    variable: "CNB_DOCKERFILE_CONFIG",
    form: "text",
    text: "the operator's defaults file (default: ~/.config/cnb-dockerfile/config.toml, if it is there)",
    doors: [...ofProject, "rebase"],
  },
  registryMirror: {
    flag: "--registry-mirror <host=mirror>",
    containerVariable: "CNB_REGISTRY_MIRRORS",
    setting: "registry-mirror",
    form: "list",
    text: "ask this mirror for the images of a registry first; can be repeated",
    doors: [...ofProject, "rebase", "container"],
  },
  insecureRegistry: {
    flag: "--insecure-registry <host>",
    containerVariable: "CNB_INSECURE_REGISTRIES",
    setting: "insecure-registry",
    form: "list",
    text: "allow plain http and any certificate; can be repeated",
    doors: [...ofProject, "rebase", "container"],
  },
  registryCa: {
    flag: "--registry-ca <file>",
    containerVariable: "CNB_CA_FILE",
    setting: "registry-ca",
    form: "text",
    text: "certificates in PEM to trust besides the usual ones",
    doors: [...ofProject, "rebase", "container"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
