import { closeSync, openSync, readSync } from "node:fs";
import { isGeneratedHead, markedHeadBytes, mayBeGenerated } from "../../contract/source-files.ts";
import { bytesOf } from "../../layer/byte-string.ts";
import type { TreeEntry } from "../../layer/walk.ts";

/** Whether a file of the source is one that `generate` wrote. */
export function isGenerated({ name, path, stats }: TreeEntry): boolean {
  if (!stats.isFile() || !mayBeGenerated(name)) return false;
  const head = Buffer.alloc(markedHeadBytes);
  const descriptor = openSync(bytesOf(path), "r");
  try {
    return isGeneratedHead(head.subarray(0, readSync(descriptor, head)));
  } finally {
    closeSync(descriptor);
  }
}
