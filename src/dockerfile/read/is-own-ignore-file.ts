/** Whether a `.dockerignore` is one of ours: its first line says who made it, perhaps with another version. In: what we would write. */
export function isOwnIgnoreFile(text: string, written: string): boolean {
  return firstLine(text) === firstLine(written);
}

/** Without the version. */
function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").replace(/\d[^:]*/, "").trim();
}
