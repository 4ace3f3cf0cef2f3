import { version } from "../../version.ts";
import { compiling, type OptionRow } from "../option.ts";
import { readImageName, readSecret, readSshAgent } from "../values/readers.ts";

/** Our image of this version. */
export const toolImage = `ghcr.io/cnb-dockerfile/cnb-dockerfile:${version}`;
/** Stock image for a Dockerfile that needs no image of ours. */
export const nodeImage = "docker.io/library/node:24-bookworm-slim";

/** What stands in a Dockerfile that is built later. */
export const fileOptions = {
  platforms: {
    flag: "--platform <list>",
    form: "list",
    text: "platforms, as linux/amd64,linux/arm64 (default: all that both images have)",
    doors: compiling,
    recorded: 4,
  },
  image: {
    flag: "--image <image>",
    variable: "CNB_DOCKERFILE_IMAGE",
    form: "text",
    read: readImageName,
    text: `our image (default: ${toolImage}, or CNB_DOCKERFILE_IMAGE)`,
    doors: compiling,
    recorded: 30,
  },
  secrets: {
    flag: "--secret <name>",
    argument: "CNB_SECRETS",
    key: "secrets",
    form: "list",
    separator: ",",
    read: readSecret,
    compiled: true,
    initial: [],
    text: "build-time variable whose value is BuildKit's secret of that id; can be repeated",
    argumentText: "ids of secrets that become build-time variables, with commas between",
    doors: [...compiling, "frontend"],
    only: "project",
    recorded: 6,
  },
  ssh: {
    flag: "--ssh <id>",
    argument: "CNB_SSH",
    key: "ssh",
    form: "text",
    read: readSshAgent,
    compiled: true,
    text: "the buildpacks may use the ssh agent that `docker buildx build --ssh ID` hands over",
    argumentText: "id of the ssh agent that the buildpacks may use, as `default`",
    doors: [...compiling, "frontend"],
    only: "project",
    recorded: 9,
  },
  syntax: {
    flag: "--syntax <image>",
    form: "text",
    usual: "none",
    read: readImageName,
    text: "image for the line `# syntax=`; none: no such line",
    doors: compiling,
    recorded: 32,
  },
  selfContained: {
    flag: "--self-contained",
    form: "switch",
    text: "need no image of ours: the export program stands in the Dockerfile",
    doors: compiling,
    recorded: 29,
  },
  nodeImage: {
    flag: "--node-image <image>",
    variable: "CNB_DOCKERFILE_NODE_IMAGE",
    form: "text",
    read: readImageName,
    text: `Node image for --self-contained, or for the helper image if it is built here (default: ${nodeImage}, or CNB_DOCKERFILE_NODE_IMAGE)`,
    doors: [...compiling, "build", "cache"],
    recorded: 31,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
