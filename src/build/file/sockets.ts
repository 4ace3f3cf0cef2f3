import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Ignore patterns for the sockets of an app: BuildKit's client sends each as an empty file, and an app has none of them with
 * pack. In: the app's directory. `.git` is not looked into. What cannot be read is left to BuildKit.
 */
export function socketPatterns(directory: string): string[] {
  const found: string[] = [];
  const visit = (path: string) => {
    for (const entry of entriesOf(join(directory, path))) {
      const own = `${path}/${entry.name}`;
      if (entry.isSocket()) found.push(own.replace(/[\\*?[]/g, "\\$&"));
      else if (entry.isDirectory() && entry.name !== ".git") visit(own);
    }
  };
  visit("");
  // A line of the file cannot hold these.
  return found.filter((pattern) => !/[\r\n]|\s$/.test(pattern));
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
