import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The path that a locator can be. Undefined: it says that it is something else. Throws for a `file:` address that is none. */
export function buildpackPath(text: string): string | undefined {
  if (text === "" || /^(?:urn:cnb:|from=builder)/.test(text)) return undefined;
  if (!/^[a-z][a-z0-9+.-]*:\//i.test(text)) return text;
  if (!/^file:/i.test(text)) return undefined;
  return fileURLToPath(text);
}

/** A path as locators have it. */
export function slashes(path: string): string {
  return path.split(sep).join("/");
}

/** The locator of a place in the project. In: both absolute and without links. */
export function ownLocator(path: string, project: string): string {
  return path === project ? "." : `./${slashes(relative(project, path))}`;
}
