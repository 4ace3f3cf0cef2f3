import { anywhere, compiling, type OptionRow, ofProject } from "../option.ts";
import { readImageName } from "../values/readers.ts";

/** What is read of a project. */
export const descriptorOptions = {
  descriptor: {
    flag: "-d, --descriptor <file>",
    form: "text",
    text: "project descriptor (default: project.toml of the project, if it is there)",
    doors: compiling,
    recorded: 1,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** Upon which images an app is built. */
export const imageOptions = {
  root: {
    flag: "--root <directory>",
    form: "text",
    text: "directory above the project that its links, and paths of buildpacks in project.toml, may lead to (default: none)",
    doors: ofProject,
  },
  builder: {
    flag: "-B, --builder <image>",
    argument: "CNB_BUILDER",
    containerVariable: "CNB_BUILDER",
    setting: "builder",
    form: "text",
    read: readImageName,
    compiled: true,
    text: "builder image (default: the descriptor's)",
    argumentText: "builder image; stands above the one in project.toml",
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
    text: "run image (default: the one the builder was made for)",
    argumentText: "image that the app's layers are put upon, in place of the builder's own choice",
    doors: anywhere,
    only: "project",
    recorded: 3,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
