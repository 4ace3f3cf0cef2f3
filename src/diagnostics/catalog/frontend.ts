import { error } from "./entry.ts";

/** Faults of the BuildKit frontend. */
export const frontendCatalog = {
  "frontend/image-unavailable": error<{ image: string; reason: string }>({
    summary: "BuildKit could not ask for an image",
    message: ({ image, reason }) => `BuildKit could not ask for ${image}: ${reason}.`,
    hint: () => "Try again; if it stays, look at the network of the machine that runs BuildKit.",
  }),
  "frontend/image-refused": error<{ image: string; reason: string }>({
    summary: "BuildKit may not read an image",
    message: ({ image, reason }) => `BuildKit cannot read ${image}: ${reason}.`,
    hint: () =>
      "If it wants a login: `docker login` on the machine where you start the build; its credentials are used.",
  }),
  "frontend/bad-config": error<{ image: string }>({
    summary: "An image's config cannot be understood",
    message: ({ image }) => `The config of ${image} is no image config.`,
    hint: () => "Look at it with `crane config`; build or push the image again.",
  }),
  "frontend/no-descriptor": error<{ file: string }>({
    summary: "The file that was to be built is not there",
    message: ({ file }) => `There is no ${file}.`,
    hint: () => "Name it with --file (-f), as in `docker buildx build --file project.toml .`.",
  }),
  "frontend/unknown-target": error<{ target: string; targets: readonly string[] }>({
    summary: "A target that no stage has",
    message: ({ target, targets }) => `There is no target ${target}: it is one of ${targets.join(", ")}.`,
  }),
};
