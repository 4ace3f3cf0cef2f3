import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildFile } from "../../engines/build-request.ts";
import type { Border } from "../../files/border.ts";
import { followLinks } from "../../files/follow-links.ts";
import { readIgnoreFile } from "../../files/ignore-file.ts";
import { isBelow } from "../../files/is-below.ts";

/**
 * A file to build as BuildKit can read it: BuildKit gets the file's directory and resolves links inside of it, so a file
 * behind a link that leads elsewhere is copied, and the ignore file beside it, too. In: its bytes; a directory for copies.
 */
export function reachableFile(file: BuildFile, bytes: Buffer, border: Border, work: string): BuildFile {
  const { directory, name } = file;
  if (isBelow(followLinks(join(directory, name)).path, followLinks(directory).path)) return file;
  writeFileSync(join(work, name), bytes);
  const ignoreFile = readIgnoreFile(join(directory, `${name}.dockerignore`), border);
  if (ignoreFile !== undefined) writeFileSync(join(work, `${name}.dockerignore`), ignoreFile);
  return { directory: work, name };
}
