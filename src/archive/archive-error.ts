/**
 * An archive cannot be used as a module. The message finishes a sentence that names it, as "it has no buildpack.toml";
 * who knows the place makes a diagnostic of it. A file that cannot be read is node's own error instead.
 */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}
