import { posix } from "node:path";
import { type ByteString, byteStringOf } from "../../layer/byte-string.ts";

/** Undefined: the pattern is malformed, as far as this name has it read. */
type SliceMatcher = (name: ByteString) => boolean | undefined;

/**
 * One path pattern of an application slice: Go's filepath.Match, after filepath.Clean, against the path relative to the
 * app's directory. `*` and `?` stop at `/`, a class does not. A star takes the first place where what follows it fits and
 * never comes back to it, so that the time does not grow with the number of stars.
 * Source: Go, path/filepath/match.go; lifecycle, layers/slices.go.
 */
export function sliceMatcher(pattern: string): SliceMatcher {
  const clean = byteStringOf(posix.normalize(pattern).replace(/(.)\/$/s, "$1"));
  const chunks = chunksOf(clean);
  return (name) => {
    try {
      return matches(chunks, name);
    } catch (error) {
      if (error instanceof MalformedPattern) return undefined;
      throw error;
    }
  };
}

class MalformedPattern extends Error {}

/** A part of a pattern without stars, but for one that may stand before it. */
interface Chunk {
  readonly star: boolean;
  readonly text: ByteString;
}

function chunksOf(pattern: ByteString): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < pattern.length; ) {
    const first = start;
    while (pattern[start] === "*") start += 1;
    const end = endOfChunk(pattern, start);
    chunks.push({ star: start > first, text: pattern.slice(start, end) });
    start = end;
  }
  return chunks;
}

function endOfChunk(pattern: ByteString, start: number): number {
  let inClass = false;
  for (let index = start; index < pattern.length; index += 1) {
    const character = pattern[index];
    if (character === "\\") index += 1;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "*" && !inClass) return index;
  }
  return pattern.length;
}

function matches(chunks: readonly Chunk[], name: ByteString): boolean {
  let at = 0;
  for (const [index, { star, text }] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    if (star && text === "") return !name.includes("/", at);
    const end = endOfMatch(text, name, at);
    if (end !== undefined && (!isLast || end === name.length)) {
      at = end;
      continue;
    }
    const later = star ? laterMatch(text, name, at, isLast) : undefined;
    if (later === undefined) return false;
    at = later;
  }
  return at === name.length;
}

/** Where the chunk ends that fits first after `at`, without a `/` between. Undefined: nowhere. */
function laterMatch(text: ByteString, name: ByteString, at: number, isLast: boolean): number | undefined {
  for (let skipped = at; skipped < name.length && name[skipped] !== "/"; skipped += 1) {
    const end = endOfMatch(text, name, skipped + 1);
    if (end !== undefined && (!isLast || end === name.length)) return end;
  }
  return undefined;
}

/** Where the chunk ends when it begins at `start`. Undefined: it does not fit. Throws MalformedPattern, fit or not. */
function endOfMatch(chunk: ByteString, name: ByteString, start: number): number | undefined {
  let at = start;
  let failed = false;
  for (let index = 0; index < chunk.length; ) {
    failed ||= at >= name.length;
    const character = chunk[index];
    if (character === "[") {
      const { code, sizeBytes } = failed ? { code: 0, sizeBytes: 0 } : characterAt(name, at);
      at += sizeBytes;
      const found = readClass(chunk, index + 1, code);
      failed ||= !found.matched;
      index = found.end;
    } else if (character === "?") {
      if (!failed) {
        failed = name[at] === "/";
        at += characterAt(name, at).sizeBytes;
      }
      index += 1;
    } else {
      if (character === "\\") index += 1;
      if (index >= chunk.length) throw new MalformedPattern();
      if (!failed) {
        failed = chunk[index] !== name[at];
        at += 1;
      }
      index += 1;
    }
  }
  return failed ? undefined : at;
}

/** Reads a class whose first character is at `start`; `end` is behind its `]`. */
function readClass(
  chunk: ByteString,
  start: number,
  code: number,
): { readonly matched: boolean; readonly end: number } {
  const negated = chunk[start] === "^";
  let index = negated ? start + 1 : start;
  let matched = false;
  for (let ranges = 0; chunk[index] !== "]" || ranges === 0; ranges += 1) {
    const low = classCharacter(chunk, index);
    const high = chunk[low.end] === "-" ? classCharacter(chunk, low.end + 1) : low;
    matched ||= low.code <= code && code <= high.code;
    index = high.end;
  }
  return { matched: matched !== negated, end: index + 1 };
}

/** One end of a range, and where it ends: never at the chunk's end, for the `]` is to come. */
function classCharacter(chunk: ByteString, start: number): { readonly code: number; readonly end: number } {
  const first = chunk[start];
  if (first === undefined || first === "-" || first === "]") throw new MalformedPattern();
  const index = first === "\\" ? start + 1 : start;
  if (index >= chunk.length) throw new MalformedPattern();
  const { code, sizeBytes } = characterAt(chunk, index);
  const end = index + sizeBytes;
  if (end >= chunk.length) throw new MalformedPattern();
  return { code, end };
}

/** One character of UTF-8; a byte that begins none is U+FFFD. Source: Go, utf8.DecodeRune. */
function characterAt(bytes: ByteString, at: number): { readonly code: number; readonly sizeBytes: number } {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, sizeBytes: 1 };
  const sizeBytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const text = Buffer.from(bytes.slice(at, at + sizeBytes), "latin1").toString("utf8");
  const code = text.codePointAt(0) ?? 0;
  // Decoded as one character, it has the bytes that it came from.
  const isWhole =
    Buffer.byteLength(text) === sizeBytes && byteStringOf(text) === bytes.slice(at, at + sizeBytes);
  return isWhole ? { code, sizeBytes } : { code: 0xfffd, sizeBytes: 1 };
}
