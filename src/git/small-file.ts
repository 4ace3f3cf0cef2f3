import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/**
 * The text of a file of a repository. Undefined: there is none, it may not be read, it is larger than `maxBytes`, or it is
 * no file itself: a link is not followed, and a named pipe not waited for.
 */
export function readSmallFile(path: string, maxBytes: number): string | undefined {
  return withFile(path, (file, sizeBytes) => {
    if (sizeBytes > maxBytes) return undefined;
    return readAt(file, 0, sizeBytes)?.toString("utf8");
  });
}

/** Opens a regular file, and closes it. Undefined: it cannot be opened, or `act` says so. */
export function withFile<T>(
  path: string,
  act: (file: number, sizeBytes: number) => T | undefined,
): T | undefined {
  return whereReadable(() => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      return found.isFile() ? act(file, found.size) : undefined;
    } finally {
      closeSync(file);
    }
  });
}

/** Undefined: the system does not let it be read. */
export function whereReadable<T>(act: () => T | undefined): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && "errno" in error) return undefined;
    throw error;
  }
}

/** Undefined: the file ends before. */
export function readAt(file: number, offset: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) return undefined;
    done += count;
  }
  return bytes;
}
