import type { OptionRow } from "../option.ts";
import { readHandedUris } from "../values/handed-uris.ts";

/** What our own client tells the frontend, and no flag says. */
export const toldOptions = {
  source: {
    argument: "CNB_DOCKERFILE_SOURCE",
    form: "text",
    text: "repository that the cache is named after; the client tells it, or buildx by the clone that it builds",
    doors: ["frontend"],
    only: "project",
  },
  sourceDirectory: {
    argument: "CNB_DOCKERFILE_SOURCE_DIRECTORY",
    form: "text",
    text: "directory of the project in that repository",
    doors: ["frontend"],
    only: "project",
  },
  sourcePlace: {
    argument: "CNB_DOCKERFILE_SOURCE_PLACE",
    form: "text",
    text: "what is known of a project that comes from no repository; the client tells it",
    doors: ["frontend"],
    only: "project",
  },
  replacedImage: {
    argument: "CNB_DOCKERFILE_REPLACED_IMAGE",
    form: "text",
    text: "image that this build replaces, for an app whose cache remembers none; the client tells it",
    doors: ["frontend"],
    only: "project",
  },
  handedUris: {
    argument: "CNB_DOCKERFILE_HANDED_URIS",
    form: "text",
    read: readHandedUris,
    compiled: true,
    text: "paths in project.toml that the client hands over as contexts; the client tells it",
    doors: ["frontend"],
    only: "project",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
