import { version } from "../../version.ts";
import { compiling, type OptionRow } from "../option.ts";
import { readImageName } from "../values/readers.ts";

/** The helper image of this version. */
export const helperImage = `ghcr.io/cnb-dockerfile/cnb-dockerfile:${version}`;
/** Stock image for a Dockerfile that needs no helper image. */
export const nodeImage = "docker.io/library/node:24-bookworm-slim";

/** What stands in a Dockerfile that is built later. */
export const fileOptions = {
  platforms: {
    flag: "--platform <platform,…>",
    form: "list",
    text: "Platforms, for example linux/amd64,linux/arm64 (default: all that the builder and run image share)",
    doors: compiling,
    recorded: 4,
  },
  image: {
    flag: "--image <image>",
    variable: "CNB_DOCKERFILE_IMAGE",
    form: "text",
    read: readImageName,
    text: `Helper image (default: CNB_DOCKERFILE_IMAGE, otherwise ${helperImage})`,
    doors: compiling,
    recorded: 30,
  },
  syntax: {
    flag: "--syntax <image>",
    form: "text",
    usual: "none",
    read: readImageName,
    text: "Image for the `# syntax=` line, or none to leave the line out",
    doors: compiling,
    recorded: 32,
  },
  detected: {
    flag: "--detected",
    form: "switch",
    text: "Run detection on a build engine, and write what the image extensions make into the Dockerfile",
    conflicts: ["bake", "compose"],
    doors: ["generate"],
    recorded: 37,
  },
  selfContained: {
    flag: "--self-contained",
    form: "switch",
    text: "Embed the export program in the Dockerfile, so that it needs no helper image",
    conflicts: ["image"],
    doors: compiling,
    recorded: 29,
  },
  nodeImage: {
    flag: "--node-image <image>",
    variable: "CNB_DOCKERFILE_NODE_IMAGE",
    form: "text",
    read: readImageName,
    text: `Node image for --self-contained, and for a helper image that is built locally (default: CNB_DOCKERFILE_NODE_IMAGE, otherwise ${nodeImage})`,
    conflicts: ["image"],
    doors: [...compiling, "build", "cache"],
    recorded: 31,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
