import { error } from "./entry.ts";

/** Faults of links that a project holds. */
export const filesCatalog = {
  "files/outside-project": error<{ path: string; target: string; flag: string | undefined }>({
    summary: "A link in the project points outside the project",
    message: ({ path, target }) =>
      `${path} points to ${target}, which is outside the project, so it is not read.`,
    hint: ({ flag, target }) =>
      `Replace the link with a copy of its target.${flag === undefined ? "" : ` If you trust the project, pass ${target} itself with \`${flag}\`.`} In a monorepo, \`--root DIRECTORY\` allows everything below a directory above the project.`,
  }),
  "files/image-outside": error<{ image: string; target: string }>({
    summary: "A project names an image in a directory outside the project",
    message: ({ image, target }) =>
      `${image} points to ${target}, which is outside the project, so it is not read.`,
    hint: () =>
      "If you trust the project, name the image on the command line, for example `--builder oci-layout://PATH`; or copy it into the project.",
  }),
  "files/dangling-link": error<{ path: string }>({
    summary: "A link in the project is broken",
    message: ({ path }) => `${path} is a broken link.`,
    hint: () => "Remove the link, or restore its target.",
  }),
  "files/output-link": error<{ path: string; link: string }>({
    summary: "An output path goes through a link in the project",
    message: ({ path, link }) =>
      `Cannot write ${path}: ${link} is a link in the project, which could point anywhere. Nothing was written.`,
    hint: () => "Remove the link, or choose an output path without it.",
  }),
  "files/root-not-above": error<{ root: string; directory: string; reason: string }>({
    summary: "The directory of `--root` does not contain the project",
    message: ({ root, directory, reason }) =>
      `${root} cannot be the root of the project in ${directory}: ${reason}.`,
    hint: () => "Name the project's directory or one above it, for example the root of its repository.",
  }),
  "files/recorded-place": error<{ file: string; flag: string; value: string }>({
    summary: "A generated file refers to something outside the project",
    message: ({ file, flag, value }) =>
      `${file} was generated with \`${flag} ${value}\`, which is outside the project, so it is not read.`,
    hint: ({ flag }) =>
      `If you trust the file, repeat \`${flag}\` on the command line, or name a directory above both with \`--root\`.`,
  }),
};
