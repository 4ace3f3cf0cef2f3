import type { PlatformFile } from "../plan/lifecycle-plan.ts";

/** Longest line that BuildKit's Dockerfile parser reads is 65,535 bytes; some room is left. */
const maxLineLength = 16_000;

/**
 * Whether a heredoc can hold the file byte for byte. A heredoc always ends in a newline, a carriage return would be
 * invisible to the reader, and an odd path would need quoting.
 */
export function fitsHeredoc({ path, content }: PlatformFile): boolean {
  if (!/^[A-Za-z0-9/._@+-]+$/.test(path)) return false;
  if (content.format === "toml") return true;
  const { text } = content;
  return (
    text.endsWith("\n") &&
    text.isWellFormed() &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: only tab and newline show as what they are
    !/[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029\ufeff]/.test(text) &&
    text.split("\n").every((line) => line.length <= maxLineLength)
  );
}
