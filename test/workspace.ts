import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const fixtures = join(import.meta.dirname, "fixtures", "apps");

/** A copy of a sample app outside the checkout, so that no git remote of ours counts as its own. */
export function copySampleApp(name: string): { readonly directory: string; readonly remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-"));
  const directory = join(parent, name);
  mkdirSync(directory);
  cpSync(join(fixtures, name), directory, { recursive: true });
  return { directory, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
