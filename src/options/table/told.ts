import type { OptionRow } from "../option.ts";
import { readHandedUris } from "../values/handed-uris.ts";

/** What our own client tells the frontend, and no flag says. */
export const toldOptions = {
  source: {
    argument: "CNB_DOCKERFILE_SOURCE",
    form: "text",
    text: "Repository that the cache ID comes from; set by the client, or by buildx from the git clone",
    doors: ["frontend"],
    only: "project",
  },
  sourceDirectory: {
    argument: "CNB_DOCKERFILE_SOURCE_DIRECTORY",
    form: "text",
    text: "Directory of the project in that repository",
    doors: ["frontend"],
    only: "project",
  },
  sourcePlace: {
    argument: "CNB_DOCKERFILE_SOURCE_PLACE",
    form: "text",
    text: "Where a project outside a repository comes from; set by the client",
    doors: ["frontend"],
    only: "project",
  },
  replacedImage: {
    argument: "CNB_DOCKERFILE_REPLACED_IMAGE",
    form: "text",
    text: "Image that this build replaces, if the app's cache has no record of one; set by the client",
    doors: ["frontend"],
    only: "project",
  },
  handedUris: {
    argument: "CNB_DOCKERFILE_HANDED_URIS",
    form: "text",
    read: readHandedUris,
    compiled: true,
    text: "Paths in project.toml that the client passes as named contexts; set by the client",
    doors: ["frontend"],
    only: "project",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
