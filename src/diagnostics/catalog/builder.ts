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
    hint: () =>
      "The image is damaged or was made by another tool. Create it again with `pack builder create`.",
  }),
  "builder/app-label-unreadable": error<{ label: string; reason: string }>({
    summary: "A label of the previous image cannot be read",
    message: ({ label, reason }) => `The label ${label} cannot be read: ${reason}.`,
    hint: () =>
      "The image is damaged or was made by another tool. Name another one, or build once without CNB_PREVIOUS_IMAGE to get a new label.",
  }),
  "builder/no-lifecycle": error<{ image: string }>({
    summary: "The builder does not declare its lifecycle version",
    message: ({ image }) => `${image} does not declare its lifecycle version.`,
    hint: () => "Create the builder again with `pack builder create`.",
  }),
  "builder/no-platform-api": error<{ image: string }>({
    summary: "The builder does not declare a Platform API",
    message: ({ image }) => `${image} does not declare the Platform APIs that its lifecycle supports.`,
    hint: () => "Create the builder again with lifecycle 0.9 or later.",
  }),
  "builder/sets-argument": error<{ image: string; name: string }>({
    summary: "A builder image sets a build argument of cnb-dockerfile",
    message: ({ image, name }) =>
      `${image} sets ${name} in its environment. Only the person who runs a build can choose its value.`,
    hint: ({ name }) => `Remove ${name} from the image, or use another builder.`,
  }),
  "builder/no-user": error<{ image: string; found: readonly string[] }>({
    summary: "The builder does not declare its build user",
    message: ({ image, found }) =>
      `${image} does not declare its build user: its environment has ${found.length === 0 ? "neither CNB_USER_ID nor CNB_GROUP_ID" : found.join(" and ")}.`,
    hint: () =>
      "Both must be numbers, and the user ID must not be 0. Set them with ENV in the build image, then create the builder again with `pack builder create`.",
  }),
};
