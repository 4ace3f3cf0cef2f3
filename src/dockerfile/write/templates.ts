import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Handlebars from "handlebars";

/** The folder `templates`, next to `dist` in the package and next to `src` in the repository. */
function templateDirectory(): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, "templates");
    if (existsSync(join(candidate, "dockerfile.hbs"))) return candidate;
    if (directory === dirname(directory)) throw new Error("the package is incomplete: no folder templates");
  }
}

/**
 * Compiles a template; what it gets is of type View, which may have no optional fields: a missing list would be
 * silently empty.
 */
export function compileTemplate<View>(name: string): (view: View) => string {
  const text = readFileSync(join(templateDirectory(), name), "utf8");
  // Compiled on first use, by the library itself.
  return Handlebars.compile<View>(text, { strict: true, noEscape: true, knownHelpersOnly: true });
}
