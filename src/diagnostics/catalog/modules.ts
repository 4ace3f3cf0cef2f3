import { error, warning } from "./entry.ts";

/** Faults of the buildpacks that a project adds to its builder. */
export const modulesCatalog = {
  "modules/unknown-scheme": error<{ uri: string }>({
    summary: "A buildpack's uri has a scheme that is not known",
    message: ({ uri }) => `The scheme of the buildpack uri ${JSON.stringify(uri)} is not known.`,
    hint: () =>
      "Use `docker://IMAGE`, `https://…`, a path, `urn:cnb:builder:ID`, `urn:cnb:registry:NS/NAME` or `from=builder`.",
  }),
  "modules/bad-locator": error<{ uri: string }>({
    summary: "A text names no buildpack",
    message: ({ uri }) =>
      `${JSON.stringify(uri)} is neither a path that exists, nor a buildpack of the builder, nor a name of the buildpack registry, nor the name of an image.`,
    hint: () => "A path begins with `./`; an image looks like `registry.example/ns/buildpack:1.0.0`.",
  }),
  "modules/outside-project": error<{ uri: string }>({
    summary: "A buildpack lies outside of the project",
    message: ({ uri }) => `The buildpack ${JSON.stringify(uri)} lies outside of the project's directory.`,
    hint: () =>
      "A build sees the project's directory only: move the buildpack into it, or publish it as an image or archive.",
  }),
  "modules/not-found": error<{ uri: string }>({
    summary: "There is nothing where a buildpack should be",
    message: ({ uri }) => `There is nothing at ${JSON.stringify(uri)}.`,
    hint: () => "Paths start from the directory of project.toml; for a flag from the project's directory.",
  }),
  "modules/not-a-buildpack": error<{ place: string; reason: string }>({
    summary: "What a uri names is no buildpack",
    message: ({ place, reason }) => `${place} is no buildpack: ${reason}.`,
    hint: () =>
      "A buildpack is a directory, or a .tgz of one, with a buildpack.toml at its root, or a .cnb file.",
  }),
  "modules/not-a-buildpackage": error<{ image: string }>({
    summary: "An image that should hold buildpacks holds none",
    message: ({ image }) => `${image} is not a buildpackage.`,
    hint: () => "Name an image made by `pack buildpack package`.",
  }),
  "modules/bad-name": error<{ name: string }>({
    summary: "A buildpack has an id or version that cannot be a directory's name",
    message: ({ name }) => `The buildpack ${JSON.stringify(name)} has an id or version that cannot be used.`,
    hint: () => 'An id looks like "example/hello", a version like "1.0.0". Tell the buildpack\'s author.',
  }),
  "modules/file-unreadable": error<{ file: string; reason: string }>({
    summary: "A buildpack.toml or package.toml cannot be read",
    message: ({ file, reason }) => `${file} cannot be read: ${reason}.`,
    hint: () =>
      "Its format is in the CNB buildpack spec, https://github.com/buildpacks/spec/blob/main/buildpack.md.",
  }),
  "modules/order-and-targets": error<{ id: string }>({
    summary: "A buildpack has both an order and targets or stacks",
    message: ({ id }) =>
      `The buildpack ${JSON.stringify(id)} has an order, so it can have neither targets nor stacks.`,
    hint: () => "Remove them: the buildpacks in the order say what they run on.",
  }),
  "modules/not-registered": error<{ uri: string }>({
    summary: "The buildpack registry does not have a buildpack",
    message: ({ uri }) => `The buildpack registry has no ${JSON.stringify(uri)}.`,
    hint: () =>
      "Names and versions are listed at https://registry.buildpacks.io; another index: `--buildpack-registry`.",
  }),
  "modules/bad-registry-entry": error<{ uri: string; address: string }>({
    summary: "The buildpack registry's entry names no image",
    message: ({ uri, address }) =>
      `The registry's entry for ${JSON.stringify(uri)} names ${JSON.stringify(address)}, which is no image.`,
  }),
  "modules/yanked": warning<{ uri: string }>({
    summary: "A version of a buildpack has been withdrawn from the registry",
    message: ({ uri }) => `${JSON.stringify(uri)} has been withdrawn by its authors.`,
    hint: () => "Choose another version.",
  }),
};
