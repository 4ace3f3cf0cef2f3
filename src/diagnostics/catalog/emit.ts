import { error } from "./entry.ts";

/** Things that cannot be written into a Dockerfile. */
export const emitCatalog = {
  "emit/line-too-long": error<{ what: string; sizeBytes: number; limitBytes: number }>({
    summary: "A value would make a line longer than BuildKit reads",
    message: ({ what, sizeBytes, limitBytes }) =>
      `${what} needs a line of ${sizeBytes} bytes; BuildKit reads Dockerfile lines of up to ${limitBytes}.`,
    hint: () => "Shorten the value.",
  }),
  "emit/control-character": error<{ what: string }>({
    summary: "A value has a character that a Dockerfile cannot hold",
    message: ({ what }) => `${what} contains a NUL or a line break, which cannot stand there.`,
    hint: () => "Remove the character.",
  }),
  "emit/no-plan": error<{ file: string }>({
    summary: "A Dockerfile does not say how it was made",
    message: ({ file }) =>
      `${file} has no readable \`# cnb-dockerfile-plan:\` line, so it is not known what image to make of it.`,
    hint: () =>
      "Make it with `cnb-dockerfile generate`, or build project.toml itself: `--file project.toml`.",
  }),
  "emit/no-app": error<{ file: string; base: string; stage: string }>({
    summary: "A generated Dockerfile has lost a stage of the image",
    message: ({ file, base, stage }) => `${file} has no line \`FROM ${base} AS ${stage}\`.`,
    hint: () => "Make the file again with `cnb-dockerfile generate`.",
  }),
  "emit/app-edited": error<{ stage: string; expected: string; found: string }>({
    summary: "A stage of the image was edited in a generated Dockerfile",
    message: ({ stage, expected, found }) =>
      found === ""
        ? `The stage \`${stage}\` ends before \`${expected}\`.`
        : `The stage \`${stage}\` says \`${found}\`${expected === "" ? " where it should end" : ` in place of \`${expected}\``}.`,
    hint: () =>
      "This stage is made by the frontend, not from its lines, so a change in it would be lost. Make the change in " +
      "project.toml or by a label of the build; or take the `# syntax=` line away: BuildKit then builds the file as it is.",
  }),
};
