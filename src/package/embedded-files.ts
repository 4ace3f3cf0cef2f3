/** Names of the package's files that a single executable holds. Empty: this program is no such executable. */
export const embeddedNames: readonly string[] = [];

/**
 * Bytes of a file of the package that is part of this executable. Undefined: it is not. The build of the executable puts
 * another module in the place of this one (`release/executable.ts`).
 */
export function embeddedFile(_name: string): Uint8Array | undefined {
  return undefined;
}
