import { directivesOf } from "./directives.ts";

/**
 * Flags of one instruction that are read. dockerfile-ast takes each from the front of its list of words, which lets it
 * copy all of a long list each time.
 */
const maxFlags = 1000;

/**
 * A text with the same lines and columns, in which dockerfile-ast finds what BuildKit would, in time in proportion to
 * its length:
 * - Comments are blank but for parser directives. The library looks for each comment's stage among all of them, and
 *   takes any comment with an equals sign at a file's top for a directive.
 * - A carriage return is a blank, unless it ends a line.
 * - Of words like flags, as many stay in one instruction as anybody could want.
 */
export function parsableText(text: string): string {
  const head = directivesOf(text);
  // A heredoc may end in a line like a comment.
  const delimiters = new Set(Array.from(text.matchAll(/<<-?["']?(?<name>#[^\s"'<]*)/g), ([, name]) => name));
  let flags = 0;
  const body = text
    .slice(head.length)
    .split("\n")
    .map((written) => {
      const line = written.replace(/\r(?=.)/gs, " ");
      const words = line.trim();
      if (words.startsWith("#") && !delimiters.has(words)) return " ".repeat(line.length);
      const shown = line.replace(/(?<=^|\s)--/g, (dashes) => {
        flags += 1;
        return flags > maxFlags ? "__" : dashes;
      });
      // Whichever of the two characters is the file's, the line below can be one of the same instruction.
      if (words !== "" && !/[\\`]$/.test(words)) flags = 0;
      return shown;
    });
  return head + body.join("\n");
}
