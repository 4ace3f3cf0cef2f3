/** Announces the lines of a change. In: key paths of what it takes away, and the one that the diagnostic points at. */
export function mendHint(removes: readonly string[], keyPath: string | undefined): string {
  const [only = ""] = removes;
  if (removes.length <= 1) {
    return only === keyPath ? "Replace it with:" : `Replace all of \`${only}\` with:`;
  }
  const names = removes.map((path) => `\`${path.slice(path.lastIndexOf(".") + 1)}\``);
  return `Replace ${names.slice(0, -1).join(", ")} and ${names.at(-1)} with:`;
}
