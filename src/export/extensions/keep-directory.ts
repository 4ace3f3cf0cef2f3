import { rmSync } from "node:fs";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { hasPlainDirectory, plainStats } from "../../layer/plain-path.ts";
import { below, walkTree } from "../../layer/walk.ts";
import { copyTree, sameMode } from "../copy-tree.ts";

/**
 * Puts a directory as it is in another image into the place of what an image extension left there; all in it has the owner of the directory.
 * In: the directory that stands for `/` of that image; what that does not have is gone. Throws node's error, OddEntryError. Source: lifecycle,
 * `phase/extender.go`, IgnorePaths.
 */
export function keepDirectory(root: ByteString, directory: ByteString): void {
  rmSync(bytesOf(directory), { recursive: true, force: true });
  const stats = hasPlainDirectory(root, directory) ? plainStats(root, directory) : undefined;
  if (stats === undefined) return;
  copyTree(walkTree(below(root, directory), ""), directory, {
    owner: { uid: stats.uid, gid: stats.gid },
    mode: sameMode,
    onLeftOut: () => {},
  });
}
