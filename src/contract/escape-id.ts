/** A buildpack's id as it names a directory. Source: buildpack spec, "Layers"; platform spec, "escaped id". */
export function escapeId(id: string): string {
  return id.replaceAll("/", "_");
}
