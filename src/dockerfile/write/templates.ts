import Handlebars from "handlebars";
import { packageText } from "../../package/package-place.ts";

/**
 * Compiles a template; what it gets is of type View, which may have no optional fields: a missing list would be
 * silently empty.
 */
export function compileTemplate<View>(name: string): (view: View) => string {
  const text = packageText(`templates/${name}`);
  // Compiled on first use, by the library itself.
  return Handlebars.compile<View>(text, { strict: true, noEscape: true, knownHelpersOnly: true });
}
