import { error } from "../entry.ts";

/** Faults of the builder container: of where it is to read and write, and of what it is told by variables. */
export const cliContainerCatalog = {
  "cli/container-source": error<{ path: string; reason: string }>({
    summary: "The builder container has no readable source",
    message: ({ path, reason }) => `The source ${path} cannot be read: ${reason}.`,
    hint: () =>
      "Mount the app's directory, for example `docker run --volume .:/source`, or set PLP_SOURCE_PATH to another one.",
  }),
  "cli/container-nothing-to-build": error<{ path: string }>({
    summary: "The builder container's source has nothing to build",
    message: ({ path }) => `${path} has neither a project.toml nor a Dockerfile.`,
    hint: () => "Add one, or set PLP_SOURCE_PATH to the directory that has it.",
  }),
  "cli/container-unwritable": error<{ path: string; reason: string; user: string }>({
    summary: "The builder container cannot write to a directory",
    message: ({ path, reason, user }) => `User ${user} cannot write to ${path}: ${reason}.`,
    hint: ({ user }) =>
      `Make user ${user} the owner of the mounted directory, or mount a volume instead; \`docker run --user 0\` runs the build as root.`,
  }),
  "cli/container-build-failed": error<{ file: string }>({
    summary: "The builder container's build failed",
    message: ({ file }) => `The build of ${file} failed, and no archive was written.`,
    hint: () => "BuildKit's error is in the output above.",
  }),
  "cli/container-bad-epoch": error<{ text: string }>({
    summary: "A timestamp is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a timestamp.`,
    hint: () => "Write seconds since 1970-01-01, as printed by `git log -1 --format=%ct`.",
  }),
};
