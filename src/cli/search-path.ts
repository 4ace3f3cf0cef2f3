import { delimiter, isAbsolute } from "node:path";

/** Where programs are when nobody says so. Source: POSIX, `confstr`, `_CS_PATH`, as Linux and macOS have it. */
const usualDirectories = ["/usr/bin", "/bin"];

/**
 * A PATH without directories that are seen from the current one (an empty entry is one, too): the current directory may be
 * a stranger's project, with a `git` or a `docker-buildx` of its own.
 */
export function absoluteSearchPath(path: string): string {
  const directories = path.split(delimiter).filter((directory) => isAbsolute(directory));
  // An empty PATH would be the current directory again.
  return (directories.length === 0 ? usualDirectories : directories).join(delimiter);
}
