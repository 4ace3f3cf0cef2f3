import { error } from "./entry.ts";

/** Things that cannot be written into a Dockerfile. */
export const emitCatalog = {
  "emit/line-too-long": error<{ what: string; sizeBytes: number; limitBytes: number }>({
    summary: "A value makes a line longer than BuildKit accepts",
    message: ({ what, sizeBytes, limitBytes }) =>
      `${what} needs a line of ${sizeBytes} bytes; BuildKit accepts Dockerfile lines of up to ${limitBytes}.`,
    hint: () => "Shorten the value.",
  }),
  "emit/control-character": error<{ what: string }>({
    summary: "A value has a character that a Dockerfile cannot hold",
    message: ({ what }) => `${what} contains a NUL or a line break, which is not possible here.`,
    hint: () => "Remove the character.",
  }),
  "emit/no-plan": error<{ file: string }>({
    summary: "A Dockerfile has no record of how it was generated",
    message: ({ file }) =>
      `${file} has no readable \`# cnb-dockerfile-plan:\` line, so it cannot be built as a generated Dockerfile.`,
    hint: () =>
      "Generate it with `cnb-dockerfile generate`, or build project.toml directly: `--file project.toml`.",
  }),
  "emit/extension-not-frozen": error<{ id: string; kind: string; what: string }>({
    summary: "The Dockerfile of an image extension cannot be in a generated file",
    message: ({ id, kind, what }) =>
      `The ${kind}.Dockerfile of the image extension ${id} uses ${what}, which cannot be in a generated file.`,
    hint: () =>
      "Use `cnb-dockerfile build`, or add a `# syntax=` line with `--syntax` instead of `--detected`.",
  }),
  "emit/extensions-differ": error<{ one: string; other: string }>({
    summary: "Image extensions do not do the same for all platforms",
    message: ({ one, other }) =>
      `Image extensions do not do the same for ${one} and ${other}, so one file cannot be for both.`,
    hint: () => "Generate a file for each with `--platform`, or use `--syntax` instead of `--detected`.",
  }),
  "emit/no-app": error<{ file: string; base: string; stage: string }>({
    summary: "A generated Dockerfile lacks a stage of the image",
    message: ({ file, base, stage }) => `${file} has no line \`FROM ${base} AS ${stage}\`.`,
    hint: () => "Generate the file again with `cnb-dockerfile generate`.",
  }),
  "emit/app-edited": error<{ stage: string; expected: string; found: string }>({
    summary: "A stage of the image was edited in a generated Dockerfile",
    message: ({ stage, expected, found }) =>
      found === ""
        ? `The stage \`${stage}\` ends before \`${expected}\`.`
        : `The stage \`${stage}\` has \`${found}\`${expected === "" ? " where it should end" : ` instead of \`${expected}\``}.`,
    hint: () =>
      "The frontend ignores the lines of this stage, so your change would be lost. Make the change in project.toml or with a label of the build. Or remove the `# syntax=` line: BuildKit then builds the file as written.",
  }),
};
