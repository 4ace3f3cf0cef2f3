import type { PlatformFile } from "../../plan/lifecycle-plan.ts";

/** Longest line that BuildKit's Dockerfile parser reads is 65,535 bytes; some room is left. */
const maxLineLength = 16_000;
/** Each file in the text is a layer of the builder stage, and some stores end at 125. */
const maxTextFiles = 30;

/** The files that people can read in the Dockerfile, and those that only the export program can write. */
interface SplitFiles {
  readonly inText: readonly PlatformFile[];
  readonly exact: readonly PlatformFile[];
}

/**
 * Scripts stand in the text where that holds them byte for byte, and unless there are very many; variables, whose values
 * seldom end in a newline, all stand together in one list.
 */
export function splitFiles(files: readonly PlatformFile[]): SplitFiles {
  const inText = files.filter((file) => !file.path.startsWith("/platform/env/") && fitsHeredoc(file));
  if (inText.length > maxTextFiles) return { inText: [], exact: files };
  return { inText, exact: files.filter((file) => !inText.includes(file)) };
}

/** A heredoc always ends in a newline, shows no carriage return, and an odd path would need quoting. */
function fitsHeredoc({ path, content }: PlatformFile): boolean {
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
