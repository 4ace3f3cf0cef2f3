import { anywhere, type OptionRow } from "../option.ts";
import { readImageName } from "../values/readers.ts";

/** Upon which images an app is built. */
export const imageOptions = {
  builder: {
    flag: "-B, --builder <image>",
    argument: "CNB_BUILDER",
    containerVariable: "CNB_BUILDER",
    setting: "builder",
    form: "text",
    read: readImageName,
    compiled: true,
    text: "Builder image (default: the one in project.toml)",
    argumentText: "Builder image; overrides the one in project.toml",
    doors: [...anywhere, "container"],
    only: "project",
    recorded: 2,
  },
  runImage: {
    flag: "--run-image <image>",
    argument: "CNB_RUN_IMAGE",
    form: "text",
    read: readImageName,
    compiled: true,
    text: "Run image (default: the builder's run image)",
    argumentText: "Run image; overrides the builder's run image",
    doors: anywhere,
    only: "project",
    recorded: 3,
  },
  runImageMirror: {
    flag: "--run-image-mirror <host>",
    argument: "CNB_RUN_IMAGE_MIRROR",
    form: "text",
    compiled: true,
    text: "Use the builder's run image mirror in this registry",
    argumentText: "Registry of the run image mirror to use",
    doors: anywhere,
    only: "project",
    recorded: 24,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
