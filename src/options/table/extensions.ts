import type { OptionRow } from "../option.ts";
import { readExtensionsNetwork, readExtensionsPolicy } from "../values/readers.ts";

/** How image extensions are applied, where the builder has some. */
export const extensionOptions = {
  extensionsPolicy: {
    flag: "--extensions-policy <policy>",
    argument: "CNB_EXTENSIONS_POLICY",
    setting: "extensions-policy",
    form: "text",
    choices: ["apply", "refuse"],
    read: readExtensionsPolicy,
    text: "Whether image extensions, whose steps run as root, may take part: apply, or refuse to fail instead (default: apply)",
    argumentText: "apply, or refuse to fail where an image extension takes part",
    doors: ["build", "frontend"],
    only: "ours",
  },
  extensionsNetwork: {
    flag: "--extensions-network <mode>",
    argument: "CNB_EXTENSIONS_NETWORK",
    form: "text",
    choices: ["default", "none"],
    read: readExtensionsNetwork,
    text: "Network of image extensions' steps: default or none (default: that of the other steps)",
    argumentText: "Network of image extensions' steps: default or none",
    doors: ["build", "frontend"],
    only: "ours",
  },
  extensionBuildId: {
    argument: "CNB_EXTENSION_BUILD_ID",
    form: "text",
    text: "Any text; a new one runs the steps of image extensions again that depend on build_id, for example to update packages",
    doors: ["frontend"],
    only: "ours",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
