import { error } from "./entry.ts";

/** Faults of builder and run images. */
export const builderCatalog = {
  "builder/not-a-builder": error<{ image: string; label: string }>({
    summary: "The image named as builder is not a buildpacks builder",
    message: ({ image, label }) => `${image} is not a buildpacks builder: it has no label ${label}.`,
    hint: () => "Name a builder image, for example heroku/builder:24 or paketobuildpacks/builder-jammy-base.",
  }),
  "builder/label-unreadable": error<{ label: string; reason: string }>({
    summary: "A label of the builder cannot be read",
    message: ({ label, reason }) => `The label ${label} cannot be read: ${reason}.`,
    hint: () => "The image is damaged or was made by another tool; make it again with `pack builder create`.",
  }),
  "builder/app-label-unreadable": error<{ label: string; reason: string }>({
    summary: "A label of the previous image cannot be read",
    message: ({ label, reason }) => `The label ${label} cannot be read: ${reason}.`,
    hint: () =>
      "The image is damaged or was made by another tool. Name another one, or leave CNB_PREVIOUS_IMAGE out of one build, which makes the label anew.",
  }),
  "builder/no-lifecycle": error<{ image: string }>({
    summary: "The builder does not say which lifecycle it holds",
    message: ({ image }) => `${image} names no lifecycle version.`,
    hint: () => "Make the builder again with `pack builder create`.",
  }),
  "builder/no-platform-api": error<{ image: string }>({
    summary: "The builder's lifecycle names no Platform API",
    message: ({ image }) => `${image} does not say which Platform APIs its lifecycle knows.`,
    hint: () => "Make the builder again with a lifecycle of 0.9 or later.",
  }),
  "builder/sets-cache-scope": error<{ image: string; name: string }>({
    summary: "A builder image sets a variable that only whoever builds may set",
    message: ({ image, name }) =>
      `${image} sets ${name} in its environment, which would choose the scope of the build cache.`,
    hint: ({ name }) => `Remove ${name} from the image, or use another builder.`,
  }),
  "builder/no-user": error<{ image: string; found: readonly string[] }>({
    summary: "The builder does not name its build user",
    message: ({ image, found }) =>
      `${image} does not say as which user it builds: its environment has ${
        found.length === 0 ? "neither CNB_USER_ID nor CNB_GROUP_ID" : found.join(" and ")
      }.`,
    hint: () =>
      "Both have to be numbers, the user's not 0. Set them with ENV in the build image, and make the builder again with `pack builder create`.",
  }),
};
