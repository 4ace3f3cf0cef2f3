import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";

/** A directory that the user named, whichever way leads to it. The path itself leaves the machine in no build. */
export function directoryPlace(directory: string): string {
  return hashed("directory", realpathSync(directory));
}

/** An archive that the user named; a query may hold a token. In: its directory that he named, of which there may be several. */
export function addressPlace({ protocol, host, pathname }: URL, directory = ""): string {
  return hashed("archive", withDirectory(`${protocol}//${host}${pathname}`, directory));
}

/** An archive of this machine, whichever way leads to it. */
export function filePlace(file: string, directory = ""): string {
  return hashed("file", withDirectory(realpathSync(file), directory));
}

/** No path and no address has a null character. */
function withDirectory(place: string, directory: string): string {
  return directory === "" ? place : `${place}\0${directory}`;
}

function hashed(kind: string, text: string): string {
  return `${kind}:${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
