/**
 * Text in which each character is one byte (latin1): how this room and `export` hold paths, since a file name on
 * Linux is bytes and need not be UTF-8. Sorting, comparing and cutting such text is sorting, comparing and cutting bytes.
 */
export type ByteString = string;

/** The bytes, as node:fs takes them for a path. */
export function bytesOf(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

/** From ordinary text: a flag, a key of a TOML file. */
export function byteStringOf(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Ordinary text, to show or to match; bytes that are not UTF-8 become U+FFFD. */
export function textOf(bytes: ByteString): string {
  return bytesOf(bytes).toString("utf8");
}
