import { error } from "../entry.ts";

/** Faults of the builder container: of where it is to read and write, and of what it is told by variables. */
export const cliContainerCatalog = {
  "cli/container-source": error<{ path: string; reason: string }>({
    summary: "The builder container has no source",
    message: ({ path, reason }) => `The source ${path} cannot be read: ${reason}.`,
    hint: () =>
      "Mount the app's directory, as `docker run --volume .:/source`, or name another in PLP_SOURCE_PATH.",
  }),
  "cli/container-nothing-to-build": error<{ path: string }>({
    summary: "The builder container's source has nothing to build",
    message: ({ path }) => `${path} has neither a project.toml nor a Dockerfile.`,
    hint: () => "Add one, or name the directory that has it in PLP_SOURCE_PATH.",
  }),
  "cli/container-unwritable": error<{ path: string; reason: string; user: string }>({
    summary: "The builder container cannot write where it should",
    message: ({ path, reason, user }) => `${path} cannot be written by user ${user}: ${reason}.`,
    hint: ({ user }) =>
      `Give the mounted directory to user ${user}, or mount a volume in its place; \`docker run --user 0\` writes where root may.`,
  }),
  "cli/container-build-failed": error<{ file: string }>({
    summary: "The builder container's build failed",
    message: ({ file }) => `The build of ${file} failed, and no archive was written.`,
    hint: () => "What BuildKit says of it stands above.",
  }),
  "cli/container-bad-epoch": error<{ text: string }>({
    summary: "A moment is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is no moment.`,
    hint: () => "Write seconds since 1970-01-01, as `git log -1 --format=%ct` does.",
  }),
};
