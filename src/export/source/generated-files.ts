import { closeSync, openSync, readSync } from "node:fs";
import { generatedMark } from "../../contract/generated-mark.ts";
import { bytesOf } from "../../layer/byte-string.ts";
import type { TreeEntry } from "../../layer/walk.ts";

/** Enough of a file to find the mark in. */
const headSizeBytes = 512;

/**
 * Whether a file of the source is one that `generate` wrote: the Dockerfile itself, or its ignore file. Neither belongs to
 * the app, and if they did, a new digest in a FROM line would run every buildpack again.
 */
export function isGenerated({ name, path, stats }: TreeEntry): boolean {
  const atRoot = name.lastIndexOf("/") === 0;
  if (!stats.isFile() || !(atRoot || /[^/]*(dockerfile|containerfile)[^/]*$/i.test(name))) return false;
  const head = Buffer.alloc(headSizeBytes);
  const descriptor = openSync(bytesOf(path), "r");
  try {
    const sizeBytes = readSync(descriptor, head);
    return generatedMark.test(head.toString("latin1", 0, sizeBytes));
  } finally {
    closeSync(descriptor);
  }
}
