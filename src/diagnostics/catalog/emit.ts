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
};
