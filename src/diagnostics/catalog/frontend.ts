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
  "frontend/not-trusted": error<{ url: string; reason: string }>({
    summary: "BuildKit does not trust a server's certificate",
    message: ({ url, reason }) => `BuildKit does not trust the server of ${url}: ${reason}.`,
    hint: () => "Add the CA that signed the certificate to those of the machine that runs BuildKit.",
  }),
  "frontend/no-descriptor": error<{ file: string }>({
    summary: "The file that was to be built is not there",
    message: ({ file }) => `There is no ${file} in what is to be built.`,
    hint: () =>
      "Name it with `--file`, as in `docker buildx build --file project.toml .`; without any, name a builder: " +
      "`--build-arg CNB_BUILDER=IMAGE`.",
  }),
  "frontend/unknown-target": error<{ target: string; targets: readonly string[] }>({
    summary: "A target that no stage has",
    message: ({ target, targets }) => `There is no target ${target}: it is one of ${targets.join(", ")}.`,
    hint: () => "Leave `--target` out to build the image itself.",
  }),
  "frontend/argument-for-file": error<{ name: string; file: string }>({
    summary: "An option is given for a Dockerfile in which the options stand already",
    message: ({ name, file }) => `${name} changes nothing any more: ${file} was made with its options.`,
    hint: () => "Make the file again with `cnb-dockerfile generate`, or build project.toml itself.",
  }),
  "frontend/platform-not-in-file": error<{ platform: string; platforms: readonly string[]; file: string }>({
    summary: "A Dockerfile is to be built for a platform that it was not made for",
    message: ({ platform, platforms, file }) =>
      `${file} was made for ${platforms.join(", ")}, not for ${platform}.`,
    hint: ({ platform }) => `Make it again: \`cnb-dockerfile generate --platform ${platform}\`.`,
  }),
  "frontend/argument-without-use": error<{ name: string }>({
    summary: "A build argument is not supported yet",
    message: ({ name }) => `${name} cannot be used yet.`,
    hint: () => "Leave it out.",
  }),
};
