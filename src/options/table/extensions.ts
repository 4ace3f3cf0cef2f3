import { type OptionRow, ofImageAnywhere } from "../option.ts";
import { readExtensionsNetwork, readExtensionsPolicy } from "../values/readers.ts";

/** Which image extensions take part, and how they are applied. */
export const extensionOptions = {
  extensions: {
    flag: "--extension <locator>",
    argument: "CNB_EXTENSIONS",
    form: "list",
    separator: ",",
    splits: true,
    compiled: true,
    initial: [],
    text: "Image extension to use instead of the builder's: an ID of the builder, path, URL, archive or image (can be repeated; as in pack, each one comes before those named earlier)",
    argumentText:
      "Image extensions to use instead of the builder's, separated by commas, the last one first; context://local-buildpack-1 is the named context of that name",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 36,
  },
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
