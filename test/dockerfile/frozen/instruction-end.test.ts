import { expect, it } from "vitest";
import { endsAlike } from "../../../src/dockerfile/frozen/instruction-end.ts";

it.each([
  ["RUN a", true],
  ["RUN a \\\n b", true],
  ["RUN a \\ \t\n\n  # a comment\n b", true],
  ["RUN <<EOF\nFROM x\nEOF", true],
  ["RUN cat <<A <<-B > /c\none\nA\ntwo\n\t\tB", true],
  // Quotes and brackets hold no line open.
  ['RUN echo "a\nRUN b"', false],
  ['RUN ["a",\n"b"]', false],
  ["RUN a\nRUN b", false],
  ["RUN a \\\n b\nRUN c", false],
  // What comes after it in the file would be its own.
  ["RUN a \\", false],
  ["RUN a \\\n# a comment", false],
  ["RUN <<EOF\na", false],
  ["RUN <<EOF\na\nEOF\nRUN b", false],
  ["RUN <<EOF\na\n EOF", false],
])("%j: %s", (text, expected) => {
  expect(endsAlike(text, true)).toBe(expected);
});

it("knows no heredoc where the keyword takes none", () => {
  expect(endsAlike("ENV A=<<EOF\nRUN b\nEOF", false)).toBe(false);
  expect(endsAlike("ENV A=b \\\n C=d", false)).toBe(true);
});
