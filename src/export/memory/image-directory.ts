import type { ByteString } from "../../layer/byte-string.ts";
import { plainStats } from "../../layer/plain-path.ts";
import { OddEntryError } from "../../layer/walk.ts";

/** Whether an image, by its root, has a directory at an absolute path. An image is anybody's: a link in it leads nowhere. */
export function hasImageDirectory(root: ByteString, path: ByteString): boolean {
  try {
    return plainStats(root, path)?.isDirectory() === true;
  } catch (error) {
    if (error instanceof OddEntryError) return false;
    throw error;
  }
}
