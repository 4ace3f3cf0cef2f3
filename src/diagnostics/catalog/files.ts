import { error } from "./entry.ts";

/** Faults of links that a project holds. */
export const filesCatalog = {
  "files/outside-project": error<{ path: string; target: string; flag: string | undefined }>({
    summary: "A file of the project leads out of the project",
    message: ({ path, target }) =>
      `${path} leads to ${target}, which is outside of the project, so it is not read.`,
    hint: ({ flag, target }) =>
      `Replace the link by a copy of what it leads to.${
        flag === undefined ? "" : ` If you trust the project, name ${target} itself with \`${flag}\`.`
      } For a repository with several projects, \`--root DIRECTORY\` allows everything below a directory above the project.`,
  }),
  "files/image-outside": error<{ image: string; target: string }>({
    summary: "A project names an image in a directory outside of the project",
    message: ({ image, target }) =>
      `${image} leads to ${target}, which is outside of the project, so it is not read.`,
    hint: () =>
      "If you trust the project, name the image on the command line, as in `--builder oci-layout://PATH`; or copy it into the project.",
  }),
  "files/dangling-link": error<{ path: string }>({
    summary: "A file of the project is a link that leads nowhere",
    message: ({ path }) => `${path} is a link, and there is nothing at its end.`,
    hint: () => "Remove the link, or restore the file that it leads to.",
  }),
  "files/output-link": error<{ path: string; link: string }>({
    summary: "An output would be written through a link of the project",
    message: ({ path, link }) =>
      `Cannot write ${path}: ${link} is a link in the project, which could lead anywhere. Nothing was written.`,
    hint: () => "Remove the link, or name a file or directory that you reach without it.",
  }),
  "files/root-not-above": error<{ root: string; directory: string; reason: string }>({
    summary: "The directory of `--root` does not contain the project",
    message: ({ root, directory, reason }) =>
      `${root} cannot be the root of the project in ${directory}: ${reason}.`,
    hint: () => "Name the project's directory or one above it, for example the top of its repository.",
  }),
  "files/recorded-place": error<{ file: string; flag: string; value: string }>({
    summary: "A generated file was made from something outside of the project",
    message: ({ file, flag, value }) =>
      `${file} says that it was made with \`${flag} ${value}\`, which is outside of the project, so it is not read.`,
    hint: ({ flag }) =>
      `If you trust the file, repeat \`${flag}\` on the command line, or name a directory above both with \`--root\`.`,
  }),
};
