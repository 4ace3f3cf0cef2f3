/**
 * Whether a path of a tree is a repository's own directory or file, or lies in it, at any depth: what is fetched comes
 * without. File systems of macOS and Windows take other spellings for the same name.
 */
export function isGitEntry(path: string): boolean {
  return path.split("/").some((part) => part.toLowerCase() === ".git");
}
