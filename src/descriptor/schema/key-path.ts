/** A key in the form that messages have: `io.buildpacks.group[1].uri`. In: numbers are places in lists. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(joinKey, "");
}

/** Path of a key, or of a list's item, in what stands at another path. */
export function joinKey(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
