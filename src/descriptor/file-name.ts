/** Longest file name that Linux takes, in bytes. */
const maxNameBytes = 255;

/** What keeps a name from being a file's or directory's, but for `/`, which means something else in each place. */
export function fileNameFault(name: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  if (/[\u0000-\u001f\u007f]/.test(name)) return "it contains a control character";
  if (name === "." || name === "..") return "it names a directory";
  if (Buffer.byteLength(name) > maxNameBytes) return `it is longer than ${maxNameBytes} bytes`;
  return undefined;
}
