import { type OptionRow, ofProject } from "../option.ts";

/** How registries are reached from here; what is made does not depend on it. */
export const registryOptions = {
  defaultsFile: {
    variable: "CNB_DOCKERFILE_CONFIG",
    form: "text",
    text: "Defaults file (default: ~/.config/cnb-dockerfile/config.toml, if it exists)",
    doors: [...ofProject, "rebase"],
  },
  registryMirror: {
    flag: "--registry-mirror <host=mirror>",
    containerVariable: "CNB_REGISTRY_MIRRORS",
    setting: "registry-mirror",
    form: "list",
    text: "Try this mirror of a registry first (can be repeated)",
    containerText: "Mirrors of registries to try first, as HOST=MIRROR, separated by commas",
    doors: [...ofProject, "rebase", "container"],
  },
  insecureRegistry: {
    flag: "--insecure-registry <host>",
    containerVariable: "CNB_INSECURE_REGISTRIES",
    setting: "insecure-registry",
    form: "list",
    text: "Allow plain HTTP and untrusted certificates for this registry (can be repeated)",
    containerText: "Registries that may use plain HTTP or an untrusted certificate, separated by commas",
    doors: [...ofProject, "rebase", "container"],
  },
  registryCa: {
    flag: "--registry-ca <file>",
    containerVariable: "CNB_CA_FILE",
    setting: "registry-ca",
    form: "text",
    text: "CA certificates (PEM) to trust in addition to the default ones",
    doors: [...ofProject, "rebase", "container"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
