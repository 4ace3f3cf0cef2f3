import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";

/** A directory that the user named, whichever way leads to it. The path itself leaves the machine in no build. */
export function directoryPlace(directory: string): string {
  return hashed("directory", realpathSync(directory));
}

/** An archive that the user named; a query may hold a token. */
export function addressPlace({ protocol, host, pathname }: URL): string {
  return hashed("archive", `${protocol}//${host}${pathname}`);
}

function hashed(kind: string, text: string): string {
  return `${kind}:${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
